"""What the claims of a token must be, and that no text repeats them."""

import math
from typing import Any

import pytest

from frpg.auth.claims import NOT_BEFORE_LEEWAY, Expected, check_claims
from frpg.auth.method import Identity
from frpg.errors import AuthError

NOW = 1_700_000_000.0
EXPECTED = Expected(issuer="https://issuer.test", audience="frps", expiry=True)
GOOD: dict[str, object] = {"iss": "https://issuer.test", "aud": "frps", "sub": "me", "exp": NOW + 1}


def check(expected: Expected = EXPECTED, **claims: object) -> tuple[Identity, float]:
    return check_claims({name: value for name, value in (GOOD | claims).items() if value != "-"}, expected, NOW)


def failure(expected: Expected = EXPECTED, **claims: object) -> str:
    with pytest.raises(AuthError) as caught:
        check(expected, **claims)
    return str(caught.value)


def test_a_good_token() -> None:
    assert check() == (Identity("me", "https://issuer.test"), NOW + 1)
    assert check(aud=["other", "frps"], nbf=NOW + NOT_BEFORE_LEEWAY, exp=NOW + 0.5)[1] == NOW + 0.5


@pytest.mark.parametrize("value", ["https://issuer.test/", "issuer.test", "", "-", None, 5, ["https://issuer.test"]])
def test_another_issuer(value: object) -> None:
    assert failure(iss=value) == "the token is of another issuer"
    anyone = Expected(issuer="", audience="frps", expiry=True)
    assert check(anyone, iss=value)[0].subject == "me"


def test_google_writes_its_name_in_two_ways() -> None:
    google = Expected(issuer="https://accounts.google.com", audience="", expiry=True)
    assert check(google, iss="accounts.google.com")[0] == Identity("me", "accounts.google.com")
    assert check(google, iss="https://accounts.google.com")[0].subject == "me"
    assert failure(google, iss="http://accounts.google.com")
    assert failure(iss="issuer.test")


@pytest.mark.parametrize("value", ["frps2", "", "-", None, [], ["other"], [["frps"]], {"frps": 1}, 5])
def test_another_audience(value: object) -> None:
    assert failure(aud=value) == "the token is for another audience"
    assert check(Expected(issuer="", audience="", expiry=True), aud=value)[0].subject == "me"


@pytest.mark.parametrize("value", [NOW, NOW - 1, 0, -1, -1e300, 1, -(10**15)])
def test_an_expired_token(value: float) -> None:
    assert failure(exp=value).startswith("the token is expired (since ")


@pytest.mark.parametrize("value", ["-", None, "", str(NOW + 1), True, [], math.nan, math.inf, -math.inf, 10**400])
def test_a_token_without_an_end(value: object) -> None:
    assert failure(exp=value) == "the token does not say when it expires"


@pytest.mark.parametrize("value", [NOW + NOT_BEFORE_LEEWAY + 1, math.nan, math.inf, "0", None, True, 10**400])
def test_a_token_that_is_not_valid_yet(value: object) -> None:
    assert failure(nbf=value) == "the token is not valid yet"


@pytest.mark.parametrize("claims", [{"exp": 1}, {"exp": "-"}, {"exp": "x"}, {"nbf": NOW * 2}])
def test_neither_end_nor_beginning_count_where_they_are_not_checked(claims: dict[str, Any]) -> None:
    assert check(Expected(issuer="", audience="", expiry=False), **claims)[1] == math.inf


@pytest.mark.parametrize("value", ["-", "", None, 5, ["me"]])
def test_a_token_of_nobody(value: object) -> None:
    assert failure(sub=value) == "the token has no subject"


def test_no_text_repeats_the_token() -> None:
    for name in ("iss", "aud", "exp", "nbf", "sub"):
        assert "hunter2" not in failure(**{name: ["hunter2"]})
