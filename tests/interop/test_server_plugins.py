"""tests/e2e/test_server_plugins.py with one official end, and what both servers ask, byte for byte."""

import re
from pathlib import Path

import pytest

from tests.e2e.test_server_plugins import *  # noqa: F403
from tests.e2e.test_server_plugins import CLIENT, SCOPES
from tests.support.binaries import OURS, Binary, Ends, official_folder
from tests.support.lab import Lab, tcp_proxy
from tests.support.manager import OPS, Manager
from tests.support.ports import free_port, free_ports
from tests.support.users import tcp_echoes

pytestmark = [pytest.mark.interop, pytest.mark.program]

_VARYING = [
    (r'"run_id":"[0-9a-f]{16}"', '"run_id":"R"'),
    (r'"privilege_key":"[0-9a-f]{32}"', '"privilege_key":"K"'),
    (r'"timestamp":\d+', '"timestamp":0'),
    (r'"(client_address|remote_addr)":"127\.0\.0\.1:\d+"', r'"\1":"A"'),
]


def questions(ends: Ends, folder: Path, port: int, other: int) -> dict[str, set[str]]:
    """What a server asks in the life of one client, by operation, without what differs each time."""
    folder.mkdir()
    with Lab(ends, folder) as lab:
        manager = Manager(lab)
        server = lab.frps(manager.options() | SCOPES | {"vhostHTTPSPort": free_port()})
        proxies = [
            tcp_proxy("echo", lab.tcp_echo(), port, annotations={"a/b": "c&d"}, metadatas={"id": "1", "ä": "<>"}),
            {"name": "web", "type": "https", "localPort": 1, "customDomains": ["a.test", "b.test"]},
            tcp_proxy("limited", 1, other, transport={"bandwidthLimit": "1MB", "useEncryption": True}),
        ]
        client = lab.frpc(server.port, proxies, CLIENT | {"clientID": "cid"})
        assert tcp_echoes(port)
        for op in ("Login", "Ping", "NewWorkConn", "NewUserConn"):
            manager.wait_asked(op)
        client.stop()
        manager.wait_asked("CloseProxy", 3)
        asked = manager.questions()
    found: dict[str, set[str]] = {op: set() for op in OPS}
    for op, query, body in asked:
        for pattern, text in _VARYING:
            body = re.sub(pattern, text, body)
        found[op].add(f"{query} {body}")
    return found


def test_both_servers_ask_the_same(tmp_path: Path) -> None:
    official = official_folder()
    if official is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    ports, client = free_ports(2), Binary.official(official / "frpc")
    theirs = questions(Ends(Binary.official(official / "frps"), client), tmp_path / "theirs", *ports)
    ours = questions(Ends(OURS.frps, client), tmp_path / "ours", *ports)
    assert all(theirs.values())
    assert ours == theirs
