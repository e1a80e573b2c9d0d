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
