from frpg.client.heartbeat import Heartbeat


def test_the_first_ping_is_due_at_once_and_then_each_interval() -> None:
    heartbeat = Heartbeat(30, 90, now=100)
    assert heartbeat.take_due_ping(100)
    assert not heartbeat.take_due_ping(129.9)
    assert heartbeat.take_due_ping(130)
    assert not heartbeat.take_due_ping(130)


def test_silence_is_counted_from_the_start_and_from_every_pong() -> None:
    heartbeat = Heartbeat(30, 90, now=100)
    assert not heartbeat.has_timed_out(190)
    assert heartbeat.has_timed_out(190.1)
    heartbeat.pong(150)
    assert not heartbeat.has_timed_out(240)
    assert heartbeat.has_timed_out(240.1)


def test_no_timeout_when_it_is_off() -> None:
    assert not Heartbeat(30, -1, now=100).has_timed_out(1e9)


def test_a_ping_that_could_not_be_made_is_due_again_soon_but_ever_later() -> None:
    heartbeat, now, waits = Heartbeat(10, 90, now=100), 100.0, []
    for _ in range(5):
        assert heartbeat.take_due_ping(now)
        heartbeat.missed(now)
        last = now
        while not heartbeat.take_due_ping(now):
            now += 0.1
        waits.append(now - last)
        heartbeat.missed(now)
        now += 20
    assert 2 <= waits[0] <= 2.4
    assert waits == sorted(waits)
    assert waits[-1] <= 10.1


def test_after_a_pong_the_next_failure_is_tried_again_soon() -> None:
    heartbeat = Heartbeat(30, 90, now=100)
    for now in (100, 200, 300):
        assert heartbeat.take_due_ping(now)
        heartbeat.missed(now)
    heartbeat.pong(400)
    assert heartbeat.take_due_ping(400)
    heartbeat.missed(400)
    assert heartbeat.take_due_ping(402.3)
