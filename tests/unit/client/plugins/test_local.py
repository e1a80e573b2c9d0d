import pytest

from frpg.client.plugins.local import parse_address
from frpg.errors import FrpgError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("localhost:8080", ("localhost", 8080)),
        ("[::1]:65535", ("::1", 65535)),
        ("[fe80::1%eth0]:1", ("fe80::1%eth0", 1)),
        (":90", ("127.0.0.1", 90)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(("text", "host"), [("a.test", "a.test"), ("[::1]", "::1")])
def test_the_port_may_be_that_of_the_scheme(text: str, host: str) -> None:
    assert parse_address(text, 443) == (host, 443)
    with pytest.raises(FrpgError):
        parse_address(text)


@pytest.mark.parametrize("text", ["", ":", "a:", "::1:80", "a:0", "a:65536", "a:x", "[::1", "http://a:80", "a:80/x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(FrpgError) as caught:
        parse_address(text, 0 if text != "" else 80)
    assert caught.value.reason == f"localAddr [{text}] is not host:port"
