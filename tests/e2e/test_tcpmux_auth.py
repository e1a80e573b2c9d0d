"""Proxies of type tcpmux with a password, and with a route that the user's name decides."""

import pytest

from tests.support.lab import Lab
from tests.support.names import Front, NotServed, connect_head, front, web_ports
from tests.support.tcpmux import PASSTHROUGH, ask, credentials, named, refusal, start
from tests.support.users import connect, receive_all, receive_exact


@pytest.fixture
def web() -> Front:
    return front("tcpmux", web_ports())


def test_password(lab: Lab, web: Front) -> None:
    start(lab, web, named(lab, web, "mux", "mux.test", httpUser="ann", httpPassword="s3cret:with colon"))
    for scheme in ("Basic", "basic"):
        assert ask(web.port, "mux.test:22", credentials("ann", "s3cret:with colon", scheme)) == "mux"


@pytest.mark.usefixtures("frpg_only")  # frp says 200 first
@pytest.mark.parametrize("options", [{}, PASSTHROUGH], ids=["direct", "passthrough"])
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [credentials("ann", "wrong")],
        [credentials("bob", "s3cret")],
        [credentials("ann", "s3cret", "Digest")],
        ["Proxy-Authorization: Basic !!!"],
        [credentials("ann", "s3cret").replace("Proxy-", "")],
    ],
    ids=["none", "password", "user", "scheme", "no base64", "other header"],
)
def test_wrong_password_gets_407_and_nothing_else(
    lab: Lab, web: Front, options: dict[str, bool], headers: list[str]
) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test", httpUser="ann", httpPassword="s3cret"), **options)
    head, body = refusal(web.port, connect_head("mux.test:22", *headers))
    assert head.startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\n")
    assert b'\r\nproxy-authenticate: basic realm="restricted"\r\n' in head.lower()
    assert body == b""
    assert service.is_idle()


def test_wrong_password_never_reaches_the_service(lab: Lab, web: Front) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test", httpUser="ann", httpPassword="s3cret"))
    with connect(web.port) as visitor:
        visitor.sendall(connect_head("mux.test:22", credentials("ann", "wrong")))
        assert b"HTTP/1.1 407 Proxy Authentication Required\r\n" in receive_all(visitor)
    assert service.is_idle()


def test_user_decides_the_route(lab: Lab, web: Front) -> None:
    start(
        lab,
        web,
        named(lab, web, "ann", "mux.test", routeByHTTPUser="ann"),
        named(lab, web, "bob", "mux.test", routeByHTTPUser="bob"),
        named(lab, web, "rest", "mux.test"),
        named(lab, web, "only", "only.test", routeByHTTPUser="ann"),
    )
    for user in ("ann", "bob"):
        assert ask(web.port, "mux.test:22", credentials(user, "any")) == user
    assert ask(web.port, "mux.test:22", credentials("eve", "any")) == "rest"
    assert ask(web.port, "mux.test:22") == "rest"
    assert ask(web.port, "only.test:22", credentials("ann", "")) == "only"
    with pytest.raises(NotServed, match="404"):
        ask(web.port, "only.test:22")


def test_passthrough_with_a_password(lab: Lab, web: Front) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test", httpUser="ann", httpPassword="s3cret"), **PASSTHROUGH)
    request = connect_head("mux.test:22", credentials("ann", "s3cret"))
    with connect(web.port) as visitor:
        visitor.sendall(request)
        with service.accept() as served:
            assert receive_exact(served, len(request)) == request
    with connect(web.port) as visitor:
        visitor.sendall(connect_head("mux.test:22", credentials("ann", "wrong")))
        assert receive_all(visitor).startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\n")
