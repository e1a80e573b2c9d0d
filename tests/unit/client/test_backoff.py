import pytest

from frpg.client.backoff import FIRST_LOGIN_MAX, LOGIN_MAX, LoginBackoff, ReconnectBackoff


def no_jitter() -> float:
    return 0.0


def test_login_delays_double_up_to_the_first_login_maximum() -> None:
    backoff = LoginBackoff(FIRST_LOGIN_MAX, no_jitter)
    assert [backoff.next_delay() for _ in range(5)] == [2, 4, 8, 10, 10]


def test_login_delays_double_up_to_the_later_maximum() -> None:
    backoff = LoginBackoff(LOGIN_MAX, no_jitter)
    assert [backoff.next_delay() for _ in range(6)] == [2, 4, 8, 16, 20, 20]


def test_login_jitter_adds_at_most_a_tenth_and_compounds() -> None:
    backoff = LoginBackoff(LOGIN_MAX, lambda: 0.5)
    assert backoff.next_delay() == pytest.approx(2 * 1.05)
    assert backoff.next_delay() == pytest.approx(4 * 1.05**2)


def test_the_first_lost_session_is_followed_at_once() -> None:
    assert ReconnectBackoff(no_jitter).after_session(1.0, 100.0) == 0


def test_short_sessions_get_fast_tries_then_one_slow_one_per_window() -> None:
    backoff = ReconnectBackoff(no_jitter)
    delays = [backoff.after_session(1.0, 100.0 + n) for n in range(10)]
    assert delays == pytest.approx([0, 0.2, 0.2, 0.4, 0.2, 0.2, 0.2, 0.4, 0.8, 1.6])


def test_delays_between_short_sessions_stop_growing() -> None:
    backoff = ReconnectBackoff(no_jitter)
    delays = [backoff.after_session(1.0, 100.0) for _ in range(30)]
    assert max(delays) == delays[-1] == LOGIN_MAX


def test_a_new_window_brings_fast_tries_back() -> None:
    backoff = ReconnectBackoff(no_jitter)
    for _ in range(9):
        backoff.after_session(1.0, 100.0)
    slow = backoff.after_session(1.0, 161.0)
    assert slow > 0.4
    assert [backoff.after_session(1.0, 162.0) for _ in range(3)] == pytest.approx([0.2, 0.2, 0.2])


def test_a_healthy_session_wipes_the_slate() -> None:
    backoff = ReconnectBackoff(no_jitter)
    for _ in range(20):
        backoff.after_session(1.0, 100.0)
    assert backoff.after_session(61.0, 200.0) == 0
    assert backoff.after_session(1.0, 201.0) == pytest.approx(0.2)


def test_fast_jitter_adds_at_most_half() -> None:
    backoff = ReconnectBackoff(lambda: 0.5)
    backoff.after_session(1.0, 100.0)
    assert backoff.after_session(1.0, 101.0) == pytest.approx(0.2 * 1.25)
