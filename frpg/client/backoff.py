"""How long to wait before the next login: the delays of frp's client, with jitter."""

from __future__ import annotations

import random
from collections.abc import Callable

Rng = Callable[[], float]  # uniform in [0, 1)

FIRST_LOGIN_MAX = 10.0  # seconds, while the client was never logged in
LOGIN_MAX = 20.0
HEALTHY = 60.0  # seconds; a session that lasted this long wipes the slate

_FAST_DELAY = 0.2
_FAST_JITTER = 0.5
_JITTER = 0.1
_FAST_TRIES = 3
_WINDOW = 60.0  # seconds between two grants of fast tries
_BASE = 1.0


def _stretched(seconds: float, jitter: float, rng: Rng) -> float:
    return seconds * (1 + jitter * rng())


class LoginBackoff:
    """Delays between failed logins of one loop: about 2, 4, 8 … seconds up to `maximum`."""

    def __init__(self, maximum: float, rng: Rng = random.random) -> None:
        self._maximum = maximum
        self._rng = rng
        self._delay = _BASE

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        self._delay = min(self._maximum, _stretched(2 * self._delay, _JITTER, self._rng))
        return self._delay


class ReconnectBackoff:
    """Delays between the end of a session and the next login: none, then a few fast ones, then doubling.

    Unlike frp, which never forgets, a healthy session starts the count afresh.
    """

    def __init__(self, rng: Rng = random.random) -> None:
        self._rng = rng
        self._forget()
        self._window_ends = float("-inf")

    def _forget(self) -> None:
        self._is_first = True
        self._ends = 1
        self._delay = 0.0

    def after_session(self, lasted: float, now: float) -> float:
        """Seconds to wait after a session of `lasted` seconds; `now` is monotonic."""
        if lasted >= HEALTHY:
            self._forget()
        if self._is_first:
            self._is_first = False
            return 0.0
        self._ends += 1
        if self._ends <= _FAST_TRIES:
            self._delay = _stretched(_FAST_DELAY, _FAST_JITTER, self._rng)
            return self._delay
        if now > self._window_ends:
            self._window_ends = now + _WINDOW
            self._ends = 0  # the next ends are fast again; this one is not
        self._delay = min(LOGIN_MAX, _stretched(2 * (self._delay or _BASE), _JITTER, self._rng))
        return self._delay
