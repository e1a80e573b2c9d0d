"""One token against real keys: what passes, and every way not to."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from frpg.auth.claims import Expected
from frpg.auth.discovery import ALGORITHMS, Jwk
from frpg.auth.keyset import KeySet
from frpg.auth.method import Identity, WouldWait
from frpg.auth.verifier import MAX_TOKEN, Verifier
from frpg.errors import AuthError
from tests.support.issuer import AUDIENCE, CLIENT_ID, Issuer, private_key, public_jwk

ISSUER = Issuer(port=1)
NOW = time.time()
NO_KEY = "the token's signature is of no key of the issuer"
NOT_ACCEPTED = "the token's signature is of an algorithm that is not accepted"


class World:
    """A verifier and the keys that its issuer publishes."""

    def __init__(self, *keys: Jwk, algorithms: tuple[str, ...] = ALGORITHMS) -> None:
        self.keys = list(keys) or [public_jwk("RS256", "one"), public_jwk("ES256", "two")]
        self.fetches = 0
        self.now = 0.0
        known = KeySet(self._fetch, clock=lambda: self.now)
        known.load()
        expected = Expected(issuer=ISSUER.url, audience=AUDIENCE, expiry=True)
        self.verifier = Verifier(known, frozenset(algorithms), expected)

    def _fetch(self) -> list[Jwk]:
        self.fetches += 1
        return list(self.keys)

    def failure(self, token: str) -> str:
        with pytest.raises(AuthError) as caught:
            self.verifier.verify(token, NOW, may_wait=True)
        assert len(token) < 20 or token not in str(caught.value)
        return str(caught.value)

    def takes(self, token: str) -> bool:
        return self.verifier.verify(token, NOW, may_wait=True).identity == Identity(CLIENT_ID, ISSUER.url)


@pytest.fixture
def world() -> World:
    return World()


def part(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**more: Any) -> dict[str, Any]:
    return {"iss": ISSUER.url, "aud": AUDIENCE, "sub": CLIENT_ID, "exp": int(NOW) + 60} | more


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm(algorithm: str) -> None:
    world = World(public_jwk(algorithm, "k"))
    token = ISSUER.mint(algorithm, "k")
    assert world.takes(token)
    head, payload, signature = token.split(".")
    spoilt = bytearray(base64.urlsafe_b64decode(signature + "=="))
    spoilt[5] ^= 1
    assert world.failure(f"{head}.{payload}.{part(bytes(spoilt))}") == NO_KEY
    assert world.failure(f"{head}.{part(claims(sub='other'))}.{signature}") == NO_KEY


def test_verified_until_the_token_ends(world: World) -> None:
    verified = world.verifier.verify(ISSUER.mint(exp=int(NOW) + 60), NOW, may_wait=False)
    assert verified.until == int(NOW) + 60
    assert verified.generation == world.verifier.keys.generation


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "ES256K", "RS1", "x" * 1000, None, 5, []])
def test_other_algorithms_are_never_accepted(world: World, algorithm: object) -> None:
    for signature in ("", part(b"x" * 256)):
        token = f"{part({'alg': algorithm, 'kid': 'one'})}.{part(claims())}.{signature}"
        assert world.failure(token) in (NOT_ACCEPTED, "the token is malformed")
    assert world.fetches == 1


def test_a_public_key_is_no_hmac_secret(world: World) -> None:
    public = private_key("RS256").public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for algorithm in ("HS256", "RS256"):
        signed = f"{part({'alg': algorithm, 'kid': 'one'})}.{part(claims())}"
        signature = hmac.digest(pem, signed.encode(), hashlib.sha256)
        assert world.failure(f"{signed}.{part(signature)}") == (NOT_ACCEPTED if algorithm == "HS256" else NO_KEY)


def test_what_the_issuer_does_not_offer_is_not_accepted() -> None:
    world = World(public_jwk("RS256", "one"), algorithms=("ES256",))
    assert world.failure(ISSUER.mint()) == NOT_ACCEPTED


def test_a_key_serves_its_own_algorithm_only() -> None:
    world = World(public_jwk("RS256", "one"))
    assert world.failure(ISSUER.mint("RS512", "one")) == NO_KEY
    assert world.failure(ISSUER.mint("PS256", "one")) == NO_KEY


def test_a_token_may_not_bring_its_own_key(world: World) -> None:
    own = public_jwk("RS256", "one", 7)
    for header in ({"jwk": own}, {"jku": "http://127.0.0.1:1/"}, {"x5u": "http://127.0.0.1:1/"}):
        token = jwt.encode(claims(), private_key("RS256", 7), "RS256", {"kid": "one", **header})
        assert world.failure(token) == NO_KEY


def test_wrong_keys(world: World) -> None:
    assert world.failure(ISSUER.mint("RS256", "one", 7)) == NO_KEY
    assert world.failure(ISSUER.mint("RS256", "two")) == NO_KEY
    assert world.failure(ISSUER.mint("ES256", "two", 7)) == NO_KEY
    assert world.failure(ISSUER.mint("ES256", "nobody's")) == NO_KEY


def test_a_short_rsa_key_is_none() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    jwk = json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(short.public_key())) | {"kid": "short"}
    token = jwt.PyJWS(options={"enforce_minimum_key_length": False})
    with pytest.warns(UserWarning):
        text = token.encode(json.dumps(claims()).encode(), short, "RS256", {"kid": "short"})
    assert World(jwk).failure(text) == NO_KEY


def test_a_token_without_a_key_id_may_be_of_any_key(world: World) -> None:
    assert world.takes(ISSUER.mint("RS256", None))
    assert world.takes(ISSUER.mint("ES256", None))
    assert world.failure(ISSUER.mint("ES256", None, 7)) == NO_KEY


def test_a_new_key_is_found(world: World) -> None:
    token = ISSUER.mint("ES256", "three", 3)
    world.keys.append(public_jwk("ES256", "three", 3))
    assert world.takes(token)
    assert world.fetches == 2


def test_a_new_key_under_an_old_name_is_found(world: World) -> None:
    world.keys = [public_jwk("RS256", "one", 3)]
    assert world.takes(ISSUER.mint("RS256", "one", 3))
    assert world.failure(ISSUER.mint()) == NO_KEY


def test_where_nobody_may_wait_known_keys_are_enough(world: World) -> None:
    assert world.verifier.verify(ISSUER.mint(), NOW, may_wait=False)
    with pytest.raises(WouldWait):
        world.verifier.verify(ISSUER.mint("ES256", "three", 3), NOW, may_wait=False)


@pytest.mark.parametrize(
    "bad", [{"exp": 1}, {"iss": "https://other.test"}, {"aud": "other"}, {"sub": None}, {"nbf": NOW + 1000}]
)
def test_bad_claims_cost_no_fetch(world: World, bad: dict[str, Any]) -> None:
    assert world.failure(ISSUER.mint("RS256", "unknown", 7, **bad)) != NO_KEY
    assert world.fetches == 1


GARBAGE = {
    "dots": "..",
    "more dots": "." * 5000,
    "two parts": "e30.e30",
    "four parts": f"{part({'alg': 'RS256'})}.{part(claims())}.AAAA.AAAA",
    "no JSON": f"{part(b'{')}.{part(claims())}.AAAA",
    "header is a list": f"{part([])}.{part(claims())}.AAAA",
    "claims are a list": f"{part({'alg': 'RS256'})}.{part([])}.AAAA",
    "claims are a number": f"{part({'alg': 'RS256'})}.{part(5)}.AAAA",
    "claims are no JSON": f"{part({'alg': 'RS256'})}.{part(b'x')}.AAAA",
    "claims are no text": f"{part({'alg': 'RS256'})}.{part(bytes(range(128, 200)))}.AAAA",
    "deep header": f"{part(b'[' * 8000)}.{part(claims())}.AAAA",
    "deep claims": f"{part({'alg': 'RS256'})}.{part(b'[' * 8000)}.AAAA",
    "endless number": f"{part({'alg': 'RS256'})}.{part(b'1' * 8000)}.AAAA",
    "key id is a list": f"{part({'alg': 'RS256', 'kid': ['one']})}.{part(claims())}.AAAA",
    "unknown extension": f"{part({'alg': 'RS256', 'crit': ['x'], 'x': 1})}.{part(claims())}.AAAA",
    "detached payload": f"{part({'alg': 'RS256', 'b64': False, 'crit': ['b64']})}..AAAA",
    "no base64": "!!!!.????.####",
    "not ASCII": "ключ.ключ.ключ",
    "half a character": "\ud800.\ud800.\ud800",
    "NUL": "\0",
    "JWE": "e30.e30.e30.e30.e30",
    "white space": f" {part({'alg': 'RS256'})} . {part(claims())} . AAAA ",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage(world: World, name: str) -> None:
    assert world.failure(GARBAGE[name]) in ("the token is malformed", NOT_ACCEPTED)
    assert world.fetches == 1


def test_no_token_and_too_much_of_one(world: World) -> None:
    assert world.failure("") == "there is no token"
    assert world.failure("a" * (MAX_TOKEN + 1)) == f"the token is longer than {MAX_TOKEN} characters"


def test_a_token_cut_anywhere(world: World) -> None:
    token = ISSUER.mint("ES256", "two")
    for length in range(1, len(token)):
        assert world.failure(token[:length])


def test_a_good_token_with_one_character_changed(world: World) -> None:
    token = ISSUER.mint("ES256", "two")
    for place, char in enumerate(token):
        spoilt = token[:place] + ("A" if char != "A" else "B") + token[place + 1 :]
        assert world.failure(spoilt)
