"""From a request's head to its service: routes, credentials, what services are told, timers."""

import time
from base64 import b64encode

import gevent
import pytest

from frpg.relay.http import site
from tests.unit.proto.http1.messages import judge_response
from tests.unit.relay.http.wires import FakeService, World, answer, get, settle


def basic(user: str, password: str, name: str = "Authorization") -> str:
    return f"{name}: Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_routes_by_host_path_and_user(world: World) -> None:
    services = {
        name: world.service(host=host, location=location, route_by_http_user=user)
        for name, host, location, user in (
            ("plain", "a.test", "", ""), ("api", "a.test", "/a/b", ""), ("mine", "a.test", "", "u"), ("wild",
            "*.b.test", "", ""),
        )
    }  # fmt: skip
    visits = [
        (get(), "plain"), (get("/A%2Fb"), "plain"), (get("/a%2Fb"), "api"), (get("/", basic("u", "x")), "mine"),
        (get(host="X.B.Test.:80"), "wild"), (get("http://y.b.test/", host="a.test"), "wild"),
        (get("http://a.test/", basic("u", "x")), "mine"),
        (get("http://a.test/", basic("u", "x"), "Proxy-Authorization: x"), "plain"),
        (get("/", basic("u", "x", "Proxy-Authorization")), "plain"),
    ]  # fmt: skip
    for request, name in visits:
        before = len(services[name].opened)
        world.visit(request)
        assert len(services[name].opened) == before + 1, request


def test_no_route(world: World, service: FakeService, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    visitor = world.visit(get("/p%20q", basic("u", "x"), host="No.test"))
    assert visitor.take().startswith(b"HTTP/1.1 404 ")
    assert "no route found for host [no.test] path [/p q] user [u]" in caplog.text
    visitor.feed(get())
    settle()
    assert service.opened
    head = world.visit(get(method="HEAD", host="no.test")).take()
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("request_", [get("http://a.test/"), b"CONNECT a.test:80 HTTP/1.1\r\n\r\n", get()])
def test_credentials(world: World, request_: bytes) -> None:
    service = world.service(http_user="u", http_pwd="p")
    is_proxy = not request_.startswith(b"GET / ")
    name, status, what = (
        ("Proxy-Authorization", 407, b"proxy-authenticate") if is_proxy else ("Authorization", 401, b"www-authenticate")
    )
    other = "Authorization" if is_proxy else "Proxy-Authorization"

    def with_line(line: str) -> bytes:
        return request_[:-2] + line.encode() + b"\r\n\r\n"

    visitor = world.visit(request_)
    for refused in (
        with_line(basic("u", "x", name)),
        with_line(basic("x", "p", name)),
        with_line(basic("u", "p", other)),
    ):
        verdict = judge_response(visitor.take())
        assert (verdict.status, verdict.values(what), verdict.complete) == (status, [b'Basic realm="Restricted"'], 1)
        visitor.feed(refused)
        settle()
    visitor.take()
    assert service.opened == []
    visitor.feed(with_line(basic("u", "p", name)))
    settle()
    asked = service.wire.take()
    assert (b"Authorization: Basic" in asked) is (not is_proxy)


def test_a_password_without_a_user_is_asked_for(world: World) -> None:
    service = world.service(http_pwd="p")
    assert world.visit(get()).take().startswith(b"HTTP/1.1 401 ")
    world.visit(get("/", basic("", "p")))
    assert service.opened


def test_settings_of_the_route(world: World) -> None:
    service = world.service(
        host_header_rewrite="inner:8080",
        headers={"X-A": "new", "X-Forwarded-Proto": "https"},
        response_headers={"Server": "mine"},
    )
    visitor = world.visit(get("/", "x-a: old"))
    told = b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: a.test\r\nX-A: new\r\nX-Forwarded-Proto: https\r\n\r\n"
    assert service.wire.take() == b"GET / HTTP/1.1\r\nHost: inner:8080\r\n" + told
    service.wire.feed(answer(b"", "SERVER: theirs"))
    assert visitor.take() == answer(b"", "Server: mine")


def test_options_for_the_server_itself(world: World) -> None:
    visitor = world.visit(get("*", method="OPTIONS") + get("*"))
    got = visitor.take()
    assert got.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    assert b"HTTP/1.1 400 " in got


@pytest.mark.parametrize(
    ("trusted", "chain"),
    [((), b"9.9.9.9, 192.0.2.7"), (("192.0.2.0/24",), b"9.9.9.9, 192.0.2.7"), (("10.0.0.1",), b"192.0.2.7")],
)
def test_what_services_are_told(trusted: tuple[str, ...], chain: bytes) -> None:
    world = World(trusted=trusted)
    service = world.service()
    world.visit(get("/", "X-Forwarded-For: 9.9.9.9"))
    assert b"\r\nX-Forwarded-For: " + chain + b"\r\n" in service.wire.take()
    world.close()


def test_visitors_are_kept_apart_where_the_service_reads_proxy_headers(world: World) -> None:
    service = FakeService(is_shared=False)
    world.publish(service)
    one = world.visit(get(), ("192.0.2.1", 1))
    service.wire.feed(answer())
    other = world.visit(get(), ("192.0.2.1", 2))
    assert service.sources == [("192.0.2.1", 1), ("192.0.2.1", 2)]
    service.wire.feed(answer())
    for visitor in (one, other):
        visitor.take()
        visitor.feed(get())
        settle()
    assert len(service.opened) == 2


def test_one_timer_looks_at_all_and_ends_with_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "_CHECK_SECONDS", 0.01)
    visitors = [world.visit() for _ in range(3)]
    for front in world.vhost.fronts:
        front.deadline = time.monotonic() - 1
    with gevent.Timeout(5):
        while world.vhost._timer is not None:
            gevent.sleep(0.01)
    assert all(visitor.is_closed for visitor in visitors)
    world.visit()
    assert world.vhost._timer is not None


def test_close_ends_requests_under_way(world: World, service: FakeService) -> None:
    visitors = [world.visit(get()), world.visit()]
    world.vhost.close()
    assert all(visitor.is_closed for visitor in visitors)
    assert service.wire.was_aborted
    world.vhost.close()
