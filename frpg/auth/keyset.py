"""The issuer's keys as known here: fetched again when a token needs one that is not among them, but not too often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from frpg.auth.discovery import Jwk
from frpg.auth.method import WouldWait
from frpg.auth.single_flight import Failed, SingleFlight

logger = logging.getLogger(__name__)

FETCH_TIMEOUT = 10.0  # seconds
PAUSE = 3.0  # seconds at least between two fetches: strangers cannot make us hammer the issuer
MAX_AGE = 3600.0  # seconds, after which keys are fetched again in the background: withdrawn ones go


class KeySet:
    """Keys stay in use while the issuer cannot be reached.

    Args:
        fetch: waits. Raises OSError, ValueError, FrpgError.
        clock: monotonic seconds.
    """

    def __init__(self, fetch: Callable[[], list[Jwk]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.generation = 0  # another one, other keys
        self._fetch = fetch
        self._clock = clock
        self._keys: list[Jwk] = []
        self._flight = SingleFlight(self._load, FETCH_TIMEOUT)
        self._not_before = float("-inf")  # the next fetch
        self._old_at = float("inf")

    def load(self) -> None:
        """Fetch the keys, whenever that was done last. Raises Failed."""
        self._flight.get()

    def matching(self, kid: str, algorithm: str) -> Iterator[PyJWK]:
        """Those that may have made a signature. Without a `kid`, any of that algorithm's type. Does not wait."""
        if self._clock() >= self._old_at and self._may_fetch():
            self._flight.start()
        for key in self._keys:
            if (not kid or key.get("kid") == kid) and key.get("alg", algorithm) == algorithm:
                try:
                    yield PyJWK(key, algorithm)
                except (PyJWTError, ValueError, TypeError):  # of another type, or broken
                    continue

    def renew(self, *, may_wait: bool) -> bool:
        """Fetch the keys, unless that was done a moment ago. True when they are others now.

        Raises WouldWait in place of waiting unless `may_wait`.
        """
        if not self._flight.is_under_way and not self._is_due():
            return False
        if not may_wait:
            raise WouldWait
        before = self.generation
        if self._flight.is_under_way or self._may_fetch():
            try:
                self._flight.get()
            except Failed as error:
                logger.warning("cannot fetch the keys of the OIDC issuer: %s; known keys: %d", error, len(self._keys))
        return self.generation != before

    def _is_due(self) -> bool:
        return self._clock() >= self._not_before

    def _may_fetch(self) -> bool:
        """If so, it has to be done now."""
        if not self._is_due():
            return False
        self._not_before = self._clock() + PAUSE
        return True

    def _load(self) -> int:
        keys = self._fetch()
        self._old_at = self._clock() + MAX_AGE
        if keys != self._keys:
            self._keys = keys
            self.generation += 1
        return self.generation

    def close(self) -> None:
        """Idempotent, does not yield."""
        self._flight.close()
