"""http proxies: locations, users, settings, and the whole way of a request."""

import pytest

from frpg.net.stream import Stream
from frpg.proto.messages import CloseProxy
from frpg.relay.http.settings import HttpSettings
from tests.support.users import connect, receive_all
from tests.support.waiting import eventually
from tests.unit.relay.http.wires import answer, get
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

CONFLICT = "router config conflict"


def web(stream: Stream) -> None:
    """Answers each request with its path."""
    kept = b""
    while data := stream.recv():
        kept += data
        while b"\r\n\r\n" in kept:
            head, _, kept = kept.partition(b"\r\n\r\n")
            stream.sendall(answer(head.split(b" ")[1]))


def test_the_whole_way(serve: StartServer) -> None:
    server = serve(vhost_http_port=7000)  # shared with the clients' port
    with Peer(server, service=web) as peer:
        assert peer.new_proxy("p", "http", custom_domains=["a.test"]).remote_addr == "a.test:7000"
        with connect(server.bind_port) as user:
            for number in range(3):
                user.sendall(get(f"/{number}"))
                assert user.recv(65536).endswith(b"\r\n\r\n/%d" % number)
            assert len(peer.started) == 1
            start = peer.started[0]
            assert (start.proxy_name, start.src_addr, start.src_port) == ("p", *user.getsockname())
            peer.send(CloseProxy(proxy_name="p"))
            assert peer.new_proxy("q", "http", custom_domains=["b.test"]).error == ""
            user.sendall(get("/gone", "Connection: close"))
            assert receive_all(user).startswith(b"HTTP/1.1 404 ")
    eventually(lambda: server.strangers == 0)


def test_no_port(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        text = "type [http] not supported when vhost http port is not set"
        assert peer.new_proxy("p", "http", custom_domains=["a.test"]).error == text


@pytest.fixture
def peer(serve: StartServer):  # type: ignore[no-untyped-def]
    with Peer(serve(vhost_http_port=7000)) as peer:
        yield peer


def error(peer: Peer, name: str, **fields: object) -> str:
    return peer.new_proxy(name, "http", **{"custom_domains": ["a.test"], **fields}).error


def test_routes_differ_by_location_and_user(peer: Peer) -> None:
    assert error(peer, "a") == ""
    assert error(peer, "b", locations=["/api", "/app"]) == ""
    assert error(peer, "c", locations=["/app", "/other"]) == CONFLICT
    assert error(peer, "c", locations=["/other"]) == ""
    assert error(peer, "d", locations=["/other"], route_by_http_user="u") == ""
    assert error(peer, "e", route_by_http_user="u") == ""
    assert error(peer, "f", route_by_http_user="u") == CONFLICT


@pytest.mark.parametrize("location", ["api", "*", "/a b", "/a?b", "/a#b", "/a\n", "http://a.test/", "/\x7f"])
def test_locations_that_are_none(peer: Peer, location: str) -> None:
    text = f"location [{location}] is not the beginning of a path, such as /api"
    assert error(peer, "a", locations=["/good", location]) == text
    assert error(peer, "a", locations=["/good", "/good"]) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": {"a b": "c"}}, {"headers": {"a": "b\r\nc: d"}}, {"response_headers": {"": "x"}},
        {"response_headers": {"a": "\x00"}}, {"host_header_rewrite": "a b"}, {"host_header_rewrite": "a\r\nx: y"},
        {"host_header_rewrite": "\xe9"},
    ],
)  # fmt: skip
def test_settings_that_would_break_heads(peer: Peer, fields: dict[str, object]) -> None:
    assert error(peer, "a", **fields) != ""
    assert error(peer, "a") == ""


def test_settings_of_a_group_are_those_of_its_founder(serve: StartServer) -> None:
    server = serve(vhost_http_port=7000)
    with Peer(server) as peer:
        group = {"group": "g", "group_key": "k"}
        assert error(peer, "a", host_header_rewrite="one", **group) == ""
        assert error(peer, "b", host_header_rewrite="two", **group) == ""
        assert error(peer, "c", locations=["/x"], **group) == "group params invalid"
        assert error(peer, "c", locations=["/x", "/y"], group="h") == "group params invalid"
        assert error(peer, "c", route_by_http_user="u", **group) == "group params invalid"
        peer.send(CloseProxy(proxy_name="a"))
        assert error(peer, "d", host_header_rewrite="three", **group) == ""
        entry = server.context.registry.match("http", "a.test")
        assert entry is not None
        assert isinstance(entry.settings, HttpSettings)
        assert entry.settings.host == b"one"
