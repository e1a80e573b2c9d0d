"""tcpmux proxies: what their clients are told."""

import pytest

from tests.support.ports import free_port
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

MUX = {"custom_domains": ["a.test"], "multiplexer": "httpconnect"}


def test_no_port(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        text = "tcpmux with multiplexer httpconnect not supported because this feature is not enabled in server"
        assert peer.new_proxy("p", "tcpmux", **MUX).error == text


@pytest.mark.parametrize("multiplexer", ["", "socks5", "HTTPCONNECT"])
def test_unknown_multiplexers(serve: StartServer, multiplexer: str) -> None:
    with Peer(serve(tcpmux_http_connect_port=free_port())) as peer:
        answer = peer.new_proxy("p", "tcpmux", **MUX | {"multiplexer": multiplexer})
        assert answer.error == f"unknown multiplexer [{multiplexer}]"


def test_groups_agree_on_users_and_passwords(serve: StartServer) -> None:
    with Peer(serve(tcpmux_http_connect_port=free_port())) as peer:
        group = {"group": "g", "group_key": "k", "http_user": "u", "http_pwd": "p", **MUX}
        assert peer.new_proxy("a", "tcpmux", **group).error == ""
        for fields in ({"http_user": "v"}, {"http_pwd": ""}, {"route_by_http_user": "u"}):
            assert peer.new_proxy("b", "tcpmux", **group | fields).error == "group params invalid"
        assert peer.new_proxy("b", "tcpmux", **group).error == ""


def test_routes_differ_by_user(serve: StartServer) -> None:
    with Peer(serve(tcpmux_http_connect_port=free_port())) as peer:
        assert peer.new_proxy("a", "tcpmux", **MUX).error == ""
        assert peer.new_proxy("b", "tcpmux", route_by_http_user="u", **MUX).error == ""
        assert peer.new_proxy("c", "tcpmux", route_by_http_user="u", **MUX).error == "router config conflict"
