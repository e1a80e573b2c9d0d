"""http, https and tcpmux: what their clients are told, which routes they take, and what a refusal leaves behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from frpg.proto.messages import CloseProxy
from frpg.server.routes import Route
from frpg.server.service import Server
from tests.support.ports import free_port
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

KINDS = ("http", "https", "tcpmux")
PORTS = {"vhost_http_port": 7000, "vhost_https_port": 7000, "sub_domain_host": "sub.test"}
EXTRA: dict[str, dict[str, Any]] = {"http": {}, "https": {}, "tcpmux": {"multiplexer": "httpconnect"}}
CONFLICT, INVALID, BAD_KEY = "router config conflict", "group params invalid", "group auth failed"


@pytest.fixture
def server(serve: StartServer) -> Server:
    return serve(tcpmux_http_connect_port=free_port(), **PORTS)


@pytest.fixture
def peer(server: Server) -> Iterator[Peer]:
    """Its refused proxies leave nothing behind; nor do the others when it has gone."""
    with Peer(server) as peer:
        yield peer
    eventually(lambda: server.context.registry.snapshot() == [])
    assert server.context.groups._groups == {}


class Publisher:
    """Registers proxies of one kind."""

    def __init__(self, peer: Peer, kind: str) -> None:
        self.peer, self.kind = peer, kind

    def __call__(self, name: str = "p", **fields: Any) -> str:
        """The remote address, or the error."""
        answer = self.peer.new_proxy(name, self.kind, **{**EXTRA[self.kind], **fields})
        return answer.error or answer.remote_addr


@pytest.fixture(params=KINDS)
def publish(peer: Peer, request: pytest.FixtureRequest) -> Publisher:
    return Publisher(peer, request.param)


def port_of(server: Server, kind: str) -> int:
    config = server.config
    return {"http": config.vhost_http_port, "https": config.vhost_https_port}.get(kind, config.tcpmux_http_connect_port)


def test_addresses(server: Server, publish: Publisher) -> None:
    port = port_of(server, publish.kind)
    assert publish("a", custom_domains=["A.test", "", "b.test"], subdomain="www") == ",".join(
        f"{domain}:{port}" for domain in ("A.test", "b.test", "www.sub.test")
    )
    assert publish("none") == ""
    match = server.context.registry.match
    for host in ("a.test", "b.test", "www.sub.test"):
        entry = match(publish.kind, host)  # type: ignore[arg-type]
        assert entry is not None
        assert entry.target is not None


@pytest.mark.parametrize("port", [80, 443])
def test_well_known_ports_are_left_out(serve: StartServer, port: int) -> None:
    with Peer(serve(bind_port=port, vhost_http_port=port)) as peer:
        assert Publisher(peer, "http")("a", custom_domains=["a.test"]) == "a.test"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (
            {"custom_domains": ["x.sub.test"]},
            "custom domain [x.sub.test] should not belong to subdomain host [sub.test]",
        ),
        (
            {"custom_domains": ["X.Sub.test"]},
            "custom domain [X.Sub.test] should not belong to subdomain host [sub.test]",
        ),
        (
            {"custom_domains": ["x.sub.test."]},
            "custom domain [x.sub.test.] should not belong to subdomain host [sub.test]",
        ),
        (
            {"custom_domains": ["*.sub.test"]},
            "custom domain [*.sub.test] should not belong to subdomain host [sub.test]",
        ),
        ({"subdomain": "a.b"}, "'.' and '*' are not supported in subdomain"),
        ({"subdomain": "*"}, "'.' and '*' are not supported in subdomain"),
        ({"subdomain": "a b"}, "subdomain [a b] is not a host name"),
        ({"custom_domains": ["a/b"]}, "custom domain [a/b] is not a host name"),
        ({"custom_domains": ["a*.test"]}, "custom domain [a*.test] is not a host name"),
        ({"custom_domains": ["http://a.test"]}, "custom domain [http://a.test] is not a host name"),
        ({"custom_domains": ["a.test:80"]}, "custom domain [a.test:80] is not a host name"),
        ({"custom_domains": ["good.test", "-a.test"]}, "custom domain [-a.test] is not a host name"),
    ],
)
def test_bad_domains(publish: Publisher, fields: dict[str, Any], error: str) -> None:
    assert publish(**fields) == error


@pytest.mark.parametrize(
    "domain", ["sub.test", "xsub.test", "*", "*.other.test", "a_b.test", "127.0.0.1", "::1", "localhost"]
)
def test_good_domains(publish: Publisher, domain: str) -> None:
    assert publish(custom_domains=[domain]).startswith(domain)


def test_subdomains_may_be_off(serve: StartServer) -> None:
    with Peer(serve(vhost_http_port=7000)) as peer:
        text = "subdomain is not supported because this feature is not enabled in server"
        assert Publisher(peer, "http")(subdomain="a") == text


def test_a_domain_is_taken_once_in_any_spelling(publish: Publisher, server: Server) -> None:
    assert publish("a", custom_domains=["a.test"]).startswith("a.test")
    for other in ("a.test", "A.Test", "a.test."):
        assert publish("b", custom_domains=["new.test", other]) == CONFLICT
    assert server.context.registry.match(publish.kind, "new.test") is None  # type: ignore[arg-type]
    assert publish("b", custom_domains=["new.test"]).startswith("new.test")
    publish.peer.send(CloseProxy(proxy_name="a"))
    assert publish("c", custom_domains=["A.test"]).startswith("A.test")


def test_kinds_do_not_disturb_each_other(peer: Peer) -> None:
    for kind in KINDS:
        assert Publisher(peer, kind)(f"p-{kind}", custom_domains=["a.test"]).startswith("a.test")


def test_one_domain_twice_in_one_proxy(publish: Publisher) -> None:
    assert publish(custom_domains=["a.test", "A.test"]) == CONFLICT
    assert publish(custom_domains=["sub.test"], subdomain="a").count(",") == 1


# --- groups

GROUP: dict[str, Any] = {"custom_domains": ["g.test"], "group": "g", "group_key": "k"}


def test_groups(publish: Publisher, server: Server) -> None:
    address = publish("one", **GROUP)
    assert publish("two", **GROUP | {"custom_domains": ["G.test"]}) == address
    entry = server.context.registry.match(publish.kind, "g.test")  # type: ignore[arg-type]
    assert entry is not None
    assert entry.target is not None
    assert [service.name for service in entry.target.candidates()] == ["two", "one"]
    publish.peer.send(CloseProxy(proxy_name="one"))
    assert publish("three", **GROUP) == address
    assert entry.target is server.context.registry.match(publish.kind, "g.test").target  # type: ignore[arg-type,union-attr]
    assert {service.name for service in entry.target.candidates()} == {"two", "three"}
    for name in ("two", "three"):
        publish.peer.send(CloseProxy(proxy_name=name))
    assert publish("four", **GROUP | {"group_key": "other"}) == address


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"custom_domains": ["other.test"]}, INVALID),
        ({"custom_domains": ["other.test"], "group_key": "wrong"}, INVALID),
        ({"custom_domains": ["g.test", "h.test"]}, INVALID),
        ({"subdomain": "x"}, INVALID),
        ({"group_key": "wrong"}, BAD_KEY),
        ({"group_key": ""}, BAD_KEY),
        ({"group": ""}, CONFLICT),
        ({"group": "other"}, CONFLICT),
    ],
)
def test_who_may_join_a_group(publish: Publisher, fields: dict[str, Any], error: str) -> None:
    assert publish("one", **GROUP).startswith("g.test")
    assert publish("two", **GROUP | fields) == error
    assert publish("two", **GROUP).startswith("g.test")


def test_a_group_has_one_route_from_its_first_member_on(publish: Publisher) -> None:
    assert publish("one", **GROUP | {"custom_domains": ["g.test", "h.test"]}) == INVALID
    assert publish("taken", custom_domains=["g.test"]).startswith("g.test")
    assert publish("one", **GROUP) == CONFLICT
    assert publish("one", **GROUP | {"custom_domains": ["h.test"]}).startswith("h.test")


def test_groups_span_clients_and_outlive_their_founder(publish: Publisher, server: Server) -> None:
    with Peer(server) as founder:
        assert Publisher(founder, publish.kind)("one", **GROUP).startswith("g.test")
        assert publish("two", **GROUP).startswith("g.test")
    eventually(lambda: server.context.registry.lookup(Route("proxy", "one")) is None)
    entry = server.context.registry.match(publish.kind, "g.test")  # type: ignore[arg-type]
    assert entry is not None
    assert entry.target is not None
    assert [service.name for service in entry.target.candidates()] == ["two"]
