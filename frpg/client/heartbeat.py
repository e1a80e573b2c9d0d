"""When to ping the server, and when its silence means that it is gone."""

from __future__ import annotations

from frpg.client.backoff import LoginBackoff


class Heartbeat:
    """All times in seconds, monotonic. `interval` is above 0; a `timeout` of 0 or less never comes."""

    def __init__(self, interval: float, timeout: float, now: float) -> None:
        self._interval = interval
        self._timeout = timeout
        self._next_ping = now  # the first one goes out at once
        self._last_pong = now
        self._retry = LoginBackoff(interval)

    def take_due_ping(self, now: float) -> bool:
        """True when a ping is to be sent; the next one is due an interval later."""
        if now < self._next_ping:
            return False
        self._next_ping = now + self._interval
        return True

    def missed(self, now: float) -> None:
        """The ping that was due could not be made: it is due again after a while, which grows up to the interval."""
        self._next_ping = now + self._retry.next_delay()

    def pong(self, now: float) -> None:
        """The server answered."""
        self._last_pong = now
        self._retry = LoginBackoff(self._interval)

    def has_timed_out(self, now: float) -> bool:
        """True when the last answer is too long ago."""
        return self._timeout > 0 and now - self._last_pong > self._timeout
