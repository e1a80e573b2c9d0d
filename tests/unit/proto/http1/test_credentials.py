"""Basic credentials: which header counts for what, and what is none."""

from base64 import b64encode

import pytest

from frpg.proto.http1.credentials import NOBODY, basic, credentials, routing_user
from frpg.proto.http1.request import Request, parse_request
from tests.unit.proto.http1.messages import head


def encoded(plain: bytes, scheme: bytes = b"Basic ") -> bytes:
    return scheme + b64encode(plain)


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        (encoded(b"u:p"), ("u", "p")),
        (encoded(b"u:p", b"bASIC   "), ("u", "p")),
        (b" " + encoded(b"u:p") + b" ", ("u", "p")),
        (encoded(b"u:p:q"), ("u", "p:q")),
        (encoded(b":p"), ("", "p")),
        (encoded(b"u:"), ("u", "")),
        (encoded("ü:ß".encode()), ("ü", "ß")),
        (encoded(b"\xff:p"), ("\udcff", "p")),
    ],
)
def test_basic(value: bytes, pair: tuple[str, str]) -> None:
    assert basic(value) == pair


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"Basic", b"Basic ", b"Basic !!!!", b"Basic dTpwX", encoded(b"no colon"),
        encoded(b"u:p", b"Bearer "), encoded(b"u:p", b"Basic"), b"Basic dT\npw", encoded(b"u:p") + b", Basic x",
    ],
)  # fmt: skip
def test_nobody(value: bytes | None) -> None:
    assert basic(value) == NOBODY


ONE, OTHER = encoded(b"one:1").decode(), encoded(b"other:2").decode()


def request(line: str, *fields: str) -> Request:
    return parse_request(head(f"{line} HTTP/1.1", "Host: a", *fields))


@pytest.mark.parametrize("line", ["GET http://a/", "CONNECT a:80"])
def test_requests_to_a_proxy(line: str) -> None:
    both = request(line, f"Authorization: {ONE}", f"Proxy-Authorization: {OTHER}")
    assert (credentials(both), routing_user(both)) == (("other", "2"), "other")
    plain = request(line, f"Authorization: {ONE}")
    assert (credentials(plain), routing_user(plain)) == (NOBODY, "one")
    broken = request(line, f"Authorization: {ONE}", "Proxy-Authorization: x")
    assert (credentials(broken), routing_user(broken)) == (NOBODY, "")


def test_other_requests() -> None:
    both = request("GET /", f"Authorization: {ONE}", f"Proxy-Authorization: {OTHER}")
    assert (credentials(both), routing_user(both)) == (("one", "1"), "one")
    assert credentials(request("GET /", f"Proxy-Authorization: {OTHER}")) == NOBODY


def test_two_credentials_are_none() -> None:
    assert credentials(request("GET /", f"Authorization: {ONE}", f"Authorization: {OTHER}")) == NOBODY
