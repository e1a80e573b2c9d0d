"""Basic authentication at an http proxy: 401 towards browsers, 407 in the manner of a forward proxy."""

import base64

import pytest

from tests.support.lab import Lab
from tests.support.web import Web, get, needs_our_frps, request

SECRET = {"httpUser": "alice", "httpPassword": "s:e:c"}


def basic(name: str, password: str, scheme: str = "Basic") -> str:
    return f"{scheme} " + base64.b64encode(f"{name}:{password}".encode()).decode()


RIGHT = basic("alice", "s:e:c")
WRONG = {
    "no field": (),
    "wrong password": (f"Authorization: {basic('alice', 's:e')}",),
    "wrong user": (f"Authorization: {basic('Alice', 's:e:c')}",),
    "no password": (f"Authorization: {basic('alice', '')}",),
    "not base64": ("Authorization: Basic alice:s:e:c",),
    "no colon": ("Authorization: Basic YWxpY2U=",),
    "another scheme": (f"Authorization: {basic('alice', 's:e:c', 'Bearer')}",),
    "for a proxy": (f"Proxy-Authorization: {RIGHT}",),
}


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
def test_401(lab: Lab, fields: tuple[str, ...]) -> None:
    web = Web(lab)
    service = web.publish(**SECRET)
    with web.visitor() as visitor:
        answer = visitor.ask(get("/", *fields))
        assert answer.line == b"HTTP/1.1 401 Unauthorized"
        assert answer.values("WWW-Authenticate") == [b'Basic realm="Restricted"']
        assert answer.body == b"Unauthorized\n"
        assert visitor.ask(get("/", f"Authorization: {RIGHT}")).status == 200, "the connection goes on"
    assert service.request.values("Authorization") == [RIGHT.encode()]


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_scheme_is_read_in_any_case(lab: Lab, scheme: str) -> None:
    web = Web(lab)
    web.publish(**SECRET)
    assert web.ask(get("/", f"Authorization: {basic('alice', 's:e:c', scheme)}")).status == 200


@pytest.mark.parametrize("only", [{"httpUser": "alice"}, {"httpPassword": "secret"}], ids=["user", "password"])
def test_one_half_is_enough_to_be_asked_for(lab: Lab, only: dict[str, str]) -> None:
    web = Web(lab)
    web.publish(**only)
    assert web.ask(get()).status == 401
    right = basic(only.get("httpUser", ""), only.get("httpPassword", ""))
    assert web.ask(get("/", f"Authorization: {right}")).status == 200


def test_407_in_absolute_form(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(**SECRET)
    line = "GET http://a.test/ HTTP/1.1"
    with web.visitor() as visitor:
        for fields in ((), (f"Authorization: {RIGHT}",), (f"Proxy-Authorization: {basic('alice', 'x')}",)):
            answer = visitor.ask(request(line, *fields))
            assert answer.line == b"HTTP/1.1 407 Proxy Authentication Required"
            assert answer.values("Proxy-Authenticate") == [b'Basic realm="Restricted"']
            assert answer.body == b"Proxy Authentication Required\n"
        assert visitor.ask(request(line, f"Proxy-Authorization: {RIGHT}")).status == 200
    assert not service.request.values("Proxy-Authorization"), "it was meant for the server"


def test_407_for_connect(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(**SECRET)
    assert web.ask(request("CONNECT a.test:80 HTTP/1.1")).status == 407
    assert not service.connections


def test_a_body_that_was_not_let_in_is_no_request(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(**SECRET)
    hidden = get("/hidden", f"Authorization: {RIGHT}")
    with web.visitor() as visitor:
        assert visitor.ask(request("POST / HTTP/1.1", body=hidden)).status == 401
        assert visitor.ask(get("/open", f"Authorization: {RIGHT}")).status == 200
    assert service.request.line == b"GET /open HTTP/1.1"


def test_nothing_is_asked_where_nobody_is(lab: Lab) -> None:
    web = Web(lab)
    web.publish(**SECRET)
    assert web.ask(get(host="nobody.test")).status == 404


def test_one_user_of_repeated_fields(lab: Lab) -> None:
    """Two fields Authorization are not a choice."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish(**SECRET)
    answer = web.ask(get("/", f"Authorization: {basic('alice', 'x')}", f"Authorization: {RIGHT}"))
    assert answer.status in (400, 401)
    assert not service.connections
