"""When keys are fetched: seldom enough for the issuer, often enough for its tokens."""

import gevent
import pytest
from gevent.event import Event

from frpg.auth.discovery import Jwk
from frpg.auth.keyset import MAX_AGE, PAUSE, KeySet
from frpg.auth.method import WouldWait
from frpg.auth.single_flight import Failed
from tests.support.issuer import public_jwk


class Source:
    """Gives `keys`, or fails without; counts."""

    def __init__(self) -> None:
        self.keys: list[Jwk] = [public_jwk("ES256", "a")]
        self.count = 0
        self.gate: Event | None = None
        self.now = 1000.0

    def __call__(self) -> list[Jwk]:
        self.count += 1
        if self.gate is not None:
            self.gate.wait()
        if not self.keys:
            raise ConnectionRefusedError(111, "Connection refused")
        return list(self.keys)

    def clock(self) -> float:
        return self.now


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def keys(source: Source) -> KeySet:
    keys = KeySet(source, clock=source.clock)
    keys.load()
    return keys


def count(keys: KeySet, kid: str, algorithm: str = "ES256") -> int:
    return len(list(keys.matching(kid, algorithm)))


def test_keys_by_name_and_algorithm(source: Source, keys: KeySet) -> None:
    nameless = public_jwk("ES256", "", 1)
    del nameless["kid"], nameless["alg"]
    source.keys += [public_jwk("ES256", "a", 2), public_jwk("RS256", "r"), nameless, {"kty": "EC", "kid": "a"}]
    keys.renew(may_wait=True)
    assert count(keys, "a") == 2
    assert count(keys, "b") == 0
    assert count(keys, "") == 3
    assert count(keys, "a", "RS256") == count(keys, "a", "ES384") == count(keys, "r", "RS512") == 0
    assert count(keys, "r", "RS256") == 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS512", "RS512"])
def test_a_key_without_an_algorithm_serves_all_of_its_type(source: Source, keys: KeySet, algorithm: str) -> None:
    source.keys = [{name: value for name, value in public_jwk("RS256", "r").items() if name != "alg"}]
    keys.renew(may_wait=True)
    assert count(keys, "r", algorithm) == 1
    assert count(keys, "r", "ES256") == 0


def test_the_first_renewal_is_made_at_once_and_the_next_after_a_pause(source: Source, keys: KeySet) -> None:
    source.keys = [public_jwk("ES256", "b")]
    assert keys.renew(may_wait=True)
    assert count(keys, "b") and not count(keys, "a")
    source.keys = [public_jwk("ES256", "c")]
    source.now += PAUSE - 0.1
    assert not keys.renew(may_wait=True)
    assert source.count == 2
    source.now += 0.1
    assert keys.renew(may_wait=True)
    assert count(keys, "c")


def test_strangers_cannot_make_it_hammer_the_issuer(source: Source, keys: KeySet) -> None:
    for _ in range(1000):
        assert not keys.renew(may_wait=True)
        source.now += PAUSE / 100
    assert source.count <= 1 + 11


def test_those_who_come_meanwhile_share_a_fetch(source: Source, keys: KeySet) -> None:
    source.gate = Event()
    source.keys = [public_jwk("ES256", "b")]
    askers = [gevent.spawn(keys.renew, may_wait=True) for _ in range(20)]
    gevent.idle()
    source.gate.set()
    assert all(asker.get() for asker in askers)
    assert source.count == 2


def test_where_nobody_may_wait_nothing_is_fetched(source: Source, keys: KeySet) -> None:
    with pytest.raises(WouldWait):
        keys.renew(may_wait=False)
    assert source.count == 1
    keys.renew(may_wait=True)
    assert not keys.renew(may_wait=False)


def test_known_keys_stay_while_the_issuer_is_away(
    source: Source, keys: KeySet, caplog: pytest.LogCaptureFixture
) -> None:
    source.keys = []
    assert not keys.renew(may_wait=True)
    assert count(keys, "a") == 1
    assert "cannot fetch the keys of the OIDC issuer: connection refused; known keys: 1" in caplog.text
    source.now += PAUSE
    source.keys = [public_jwk("ES256", "b")]
    assert keys.renew(may_wait=True)


def test_an_issuer_that_is_away_from_the_beginning(source: Source) -> None:
    source.keys = []
    keys = KeySet(source, clock=source.clock)
    with pytest.raises(Failed, match="connection refused"):
        keys.load()
    assert count(keys, "a") == 0
    source.keys = [public_jwk("ES256", "a")]
    assert keys.renew(may_wait=True)
    assert count(keys, "a") == 1


def test_old_keys_are_fetched_again_without_anybody_waiting(source: Source, keys: KeySet) -> None:
    source.keys = [public_jwk("ES256", "b")]
    source.now += MAX_AGE
    assert count(keys, "a") == 1
    gevent.idle()
    assert count(keys, "a") == 0
    assert source.count == 2


def test_old_keys_stay_when_that_fails_and_it_is_tried_again(source: Source, keys: KeySet) -> None:
    source.keys = []
    source.now += MAX_AGE
    for expected in (2, 2, 3):
        assert count(keys, "a") == 1
        gevent.idle()
        assert source.count == expected
        source.now += PAUSE / 2


def test_the_generation_tells_whether_there_are_other_keys(source: Source, keys: KeySet) -> None:
    before = keys.generation
    assert not keys.renew(may_wait=True)
    assert keys.generation == before
    source.now += PAUSE
    source.keys = [public_jwk("ES256", "b")]
    keys.renew(may_wait=True)
    assert keys.generation != before


def test_close_ends_a_fetch(source: Source, keys: KeySet) -> None:
    source.gate = Event()
    waiting = gevent.spawn(keys.renew, may_wait=True)
    gevent.idle()
    keys.close()
    assert waiting.get() is False
