"""What a client may set for its route, and what it may not."""

import logging
from typing import Any

import pytest

from frpg.errors import FrpgError
from frpg.logs import prefixed
from frpg.proto.messages import NewProxy
from frpg.relay.http.settings import Credentials, HttpSettings
from frpg.server.proxies.http import http_settings

LOG = prefixed(logging.getLogger(__name__))


def settings(**fields: Any) -> HttpSettings:
    return http_settings(NewProxy(proxy_name="p", **fields), LOG)


def test_nothing_set() -> None:
    plain = settings()
    assert (plain.credentials, plain.host, plain.request.lines, plain.response.names) == (None, b"", b"", frozenset())


@pytest.mark.parametrize(("user", "password"), [("u", ""), ("", "p"), ("u", "p"), ("ü", "ß:x")])
def test_credentials(user: str, password: str) -> None:
    wanted = settings(http_user=user, http_pwd=password).credentials
    assert wanted is not None
    assert wanted.admits(user, password)
    for wrong in ((user + "x", password), (user, password + "x"), ("", ""), (password + "y", user), (user, "\udcff")):
        assert not wanted.admits(*wrong)
    assert password not in repr(wanted) or not password or password in user
    assert not Credentials("u", "secret").admits("u", "")
    assert "secret" not in repr(Credentials("u", "secret"))


def test_headers() -> None:
    change = settings(headers={"X-A": " b ", "x-Empty": "", "X-\x7e": "\xe9"}, response_headers={"Server": "mine"})
    assert change.request.names == {b"x-a", b"x-empty", b"x-~"}
    assert change.request.lines == "X-A: b\r\nx-Empty: \r\nX-~: \xe9\r\n".encode()
    assert change.response.lines == b"Server: mine\r\n"


@pytest.mark.parametrize("name", ["Host", "content-LENGTH", "Transfer-Encoding", "connection", "Upgrade", "Trailer"])
def test_what_belongs_to_the_connection_is_left_out(name: str, caplog: pytest.LogCaptureFixture) -> None:
    change = settings(headers={name: "x", "A": "b"}).request
    assert (change.names, change.lines) == ({b"a"}, b"A: b\r\n")
    assert f"header [{name}] is not set" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a", "x\r\ny: z"),
        ("a", "x\ny"),
        ("a", "\x00"),
        ("a\n", "x"),
        ("ä", "x"),
        ("a\r\nb", ""),
    ],
)
def test_headers_that_are_none(name: str, value: str) -> None:
    for fields in ({"headers": {name: value}}, {"response_headers": {name: value}}):
        with pytest.raises(FrpgError, match="cannot be set"):
            settings(**fields)


@pytest.mark.parametrize("host", ["a b", "a\r\nb", "a\n", "ä", "\x7f", " "])
def test_hosts_that_are_none(host: str) -> None:
    with pytest.raises(FrpgError, match="is not a host"):
        settings(host_header_rewrite=host)
    assert settings(host_header_rewrite="Inner:8080").host == b"Inner:8080"
