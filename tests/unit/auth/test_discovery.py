"""What an issuer says of itself."""

import json
from typing import Any

import pytest

from frpg.auth.discovery import MAX_KEYS, discover, fetch_keys
from frpg.errors import AuthError, ConfigError
from frpg.net.http_answer import Answer

NAME = "https://issuer.test/realm"
WELL_KNOWN = f"{NAME}/.well-known/openid-configuration"
DOCUMENT = {"issuer": NAME, "jwks_uri": "https://keys.test/k"}


def answering(body: bytes | object, status: int = 200, url: str = WELL_KNOWN) -> Any:
    def get(asked: str) -> Answer:
        assert asked == url
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status, [], data, keeps_alive=False)

    return get


def test_an_issuer() -> None:
    assert discover(NAME, answering(DOCUMENT)) == (NAME, "https://keys.test/k", {"RS256"})
    slash = f"{NAME}/"
    assert discover(slash, answering(DOCUMENT | {"issuer": slash})).name == slash


@pytest.mark.parametrize(
    ("offered", "accepted"),
    [
        (["RS256", "ES384", "EdDSA"], {"RS256", "ES384", "EdDSA"}),
        (["none", "HS256", "PS512"], {"PS512"}),
        (["none", "HS256", "HS512", "ES256K", "rs256"], {"RS256"}),
        ([], {"RS256"}),
        ([5, None, ["RS512"]], {"RS256"}),
        ("RS512", {"RS256"}),
    ],
)
def test_algorithms_are_those_that_only_the_issuer_can_sign_with(offered: object, accepted: set[str]) -> None:
    document = DOCUMENT | {"id_token_signing_alg_values_supported": offered}
    assert discover(NAME, answering(document)).algorithms == accepted


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (DOCUMENT | {"issuer": f"{NAME}/"}, f"names another issuer, '{NAME}/'"),
        (DOCUMENT | {"issuer": "x" * 5000}, "names another issuer, '" + "x" * 200 + "'"),
        (DOCUMENT | {"issuer": None}, "names another issuer, none"),
        ({}, "names another issuer, none"),
        ({"issuer": NAME}, "names no jwks_uri"),
        (DOCUMENT | {"jwks_uri": 5}, "names no jwks_uri"),
        (DOCUMENT | {"jwks_uri": "file:///etc/passwd"}, "names no jwks_uri"),
        (DOCUMENT | {"jwks_uri": "http://keys.test/k"}, "its jwks_uri is not https, "),
        ([], "the answer is not a JSON object"),
        (b"<html>", "the answer is not a JSON object"),
        (b"", "the answer is not a JSON object"),
        (b"\xff", "the answer is not a JSON object"),
        (b"[" * 100_000, "the answer is not a JSON object"),
    ],
)
def test_what_no_issuer_says(document: object, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        discover(NAME, answering(document))
    assert str(caught.value).startswith(f"{WELL_KNOWN}: {text}")


@pytest.mark.parametrize("status", [404, 301, 204, 500])
def test_another_status(status: int) -> None:
    with pytest.raises(ConfigError, match=f"answered {status}"):
        discover(NAME, answering(DOCUMENT, status))


def test_keys_may_come_without_tls_where_all_does() -> None:
    name = "http://127.0.0.1:1"
    document = {"issuer": name, "jwks_uri": f"{name}/keys"}
    url = f"{name}/.well-known/openid-configuration"
    assert discover(name, answering(document, url=url)).jwks_uri == f"{name}/keys"


def keys(*values: object) -> list[dict[str, object]]:
    return fetch_keys("https://k", answering({"keys": list(values)}, url="https://k"))


def test_only_public_parts_of_signature_keys_are_kept() -> None:
    rsa = {"kty": "RSA", "kid": "a", "use": "sig", "alg": "RS256", "n": "AQ", "e": "AQ"}
    assert keys(rsa | {"d": "secret", "x5c": ["…"]}) == [rsa]
    bare = {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}
    assert keys(
        bare,
        bare | {"use": "enc"},
        bare | {"key_ops": ["sign"]},
        bare | {"key_ops": ["verify"]},
        {"kty": "oct", "k": "AQ"},
        {"kty": "unknown"},
        {"kty": ["RSA"]},
        {},
        None,
        "RSA",
    ) == [bare, bare | {"key_ops": ["verify"]}]


def test_the_number_of_keys_is_bounded() -> None:
    assert len(keys(*({"kty": "RSA", "kid": str(number)} for number in range(1000)))) == MAX_KEYS


@pytest.mark.parametrize("body", [{}, {"keys": {}}, {"keys": []}, {"keys": [{"kty": "oct"}]}, [], b"x"])
def test_what_no_key_set_is(body: object) -> None:
    with pytest.raises(AuthError):
        fetch_keys("https://k", answering(body, url="https://k"))
