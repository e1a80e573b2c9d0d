"""One call at a time: whoever needs its outcome meanwhile shares it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import gevent
from gevent import GreenletExit, Timeout

from frpg.errors import FrpgError
from frpg.net.failure import describe

T = TypeVar("T")


class Failed(FrpgError):
    """The call has failed; the text says with what. Reaction: up to who needed it."""


class SingleFlight(Generic[T]):
    """Runs `call` in a greenlet of its own, so that it goes on when the first who asked is killed.

    Args:
        call: may raise OSError, FrpgError, ValueError.
        timeout: seconds for one call.
    """

    def __init__(self, call: Callable[[], T], timeout: float) -> None:
        self._call = call
        self._timeout = timeout
        self._flight: Any = None
        self._is_closed = False

    @property
    def is_under_way(self) -> bool:
        return self._flight is not None

    def start(self) -> None:
        """Have the call made, if none is under way. Does not wait."""
        if self._flight is None and not self._is_closed:
            self._flight = gevent.spawn(self._run)

    def get(self) -> T:
        """The outcome of the call under way, or else of a new one. Raises Failed."""
        self.start()
        outcome: T | Failed | GreenletExit | None = self._flight.get() if self._flight is not None else None
        if outcome is None or isinstance(outcome, GreenletExit):
            raise Failed(reason="closed")
        if isinstance(outcome, Failed):
            raise Failed(reason=outcome.reason)
        return outcome

    def _run(self) -> T | Failed:
        # Raised, an exception would be the hub's to print, and one object the traceback of many.
        try:
            with Timeout(self._timeout, TimeoutError(f"no answer within {self._timeout:g} s")):
                return self._call()
        except (OSError, FrpgError, ValueError) as error:
            return Failed(reason=describe(error))
        finally:
            self._flight = None

    def close(self) -> None:
        """End the call under way; who waits for it gets Failed, and so does who asks later. Does not yield."""
        self._is_closed = True
        if self._flight is not None:
            self._flight.kill(block=False)
