from frpg.client.tally import Tallies


def test_a_name_keeps_its_counts_until_it_is_dropped() -> None:
    tallies = Tallies()
    tallies.of("a").received.value += 5
    tallies.of("b").sent.value += 7
    assert tallies.of("a").received.value == 5
    assert tallies.moved() == (5, 7)
    tallies.keep(["b", "c"])
    assert tallies.moved() == (0, 7)
    assert tallies.of("a").received.value == 0
