"""Configuration files that scripts/bench writes for its contenders."""

import sys
import tomllib
from pathlib import Path

import pytest

import frpg
from scripts.bench_lib.contenders import (
    Forward,
    Frp,
    Plan,
    Rathole,
    contenders,
    frpc_toml,
    frps_toml,
    rathole_client_toml,
    rathole_server_toml,
)
from scripts.bench_lib.machine import version
from scripts.bench_lib.options import parse
from scripts.bench_lib.transports import ALL, DEFAULT, NOMUX

ECHO = Forward("echo", "tcp", 8001, 9001)
UDP = Forward("udp", "udp", 8002, 9002)
SECRET = Forward("secret", "tcp", 8003, 9003, encryption=True, compression=True)
PLAN = Plan(7000, DEFAULT, (ECHO, UDP, SECRET))


def test_frps_is_told_port_and_token() -> None:
    found = tomllib.loads(frps_toml(PLAN))
    assert found == {
        "bindAddr": "127.0.0.1",
        "bindPort": 7000,
        "proxyBindAddr": "127.0.0.1",
        "auth": {"token": "bench"},
    }


def test_frpc_is_told_server_and_proxies() -> None:
    found = tomllib.loads(frpc_toml(PLAN))
    assert (found["serverAddr"], found["serverPort"], found["auth"]) == ("127.0.0.1", 7000, {"token": "bench"})
    assert "transport" not in found
    common = {"localIP": "127.0.0.1"}
    assert found["proxies"] == [
        {"name": "echo", "type": "tcp", "localPort": 8001, "remotePort": 9001} | common,
        {"name": "udp", "type": "udp", "localPort": 8002, "remotePort": 9002} | common,
        {"name": "secret", "type": "tcp", "localPort": 8003, "remotePort": 9003}
        | common
        | {"transport": {"useEncryption": True, "useCompression": True}},
    ]


def test_both_ends_of_frp_agree_on_the_mux() -> None:
    plan = Plan(7000, NOMUX, (ECHO,))
    assert tomllib.loads(frps_toml(plan))["transport"] == {"tcpMux": False}
    assert tomllib.loads(frpc_toml(plan))["transport"] == {"tcpMux": False, "tls": {"enable": False}}


def test_rathole_has_services_without_stages_only() -> None:
    server = tomllib.loads(rathole_server_toml(PLAN))["server"]
    client = tomllib.loads(rathole_client_toml(PLAN))["client"]
    assert (server["bind_addr"], client["remote_addr"]) == ("127.0.0.1:7000", "127.0.0.1:7000")
    assert server["default_token"] == client["default_token"]
    assert server["services"] == {
        "echo": {"type": "tcp", "bind_addr": "127.0.0.1:9001"},
        "udp": {"type": "udp", "bind_addr": "127.0.0.1:9002"},
    }
    assert client["services"] == {
        "echo": {"type": "tcp", "local_addr": "127.0.0.1:8001"},
        "udp": {"type": "udp", "local_addr": "127.0.0.1:8002"},
    }


def test_rathole_takes_part_where_it_has_the_like() -> None:
    rathole = Rathole("rathole", "rathole")
    assert [transport.name for transport in ALL if rathole.fits(transport, has_stages=False)] == ["default", "nomux"]
    assert not rathole.fits(DEFAULT, has_stages=True)
    assert all(Frp("frp", ("frps",), ("frpc",)).fits(transport, has_stages=True) for transport in ALL)


def test_peers_come_after_ours(tmp_path: Path) -> None:
    for name in ("frps", "frpc", "rathole"):
        (tmp_path / name).touch()
    found = contenders(parse(["--peer", f"frp={tmp_path}", "--peer", f"rathole={tmp_path}"]))
    assert [contender.label for contender in found] == ["frpg", "frp", "rathole"]
    ours, frp, _ = found
    assert isinstance(ours, Frp)
    assert ours.frps[0] == ours.frpc[0] == sys.executable
    frps, frpc = str(tmp_path / "frps"), str(tmp_path / "frpc")
    assert frp == Frp("frp", (frps,), (frpc,), (frps, "--version"))


def test_versions_are_what_the_programs_print(tmp_path: Path) -> None:
    rathole = tmp_path / "rathole"
    rathole.write_text("#!/bin/sh\necho rathole; echo Build Version: 0.5.0\n")
    rathole.chmod(0o755)
    assert version(Rathole("rathole", str(rathole))) == "0.5.0"
    assert version(Rathole("rathole", str(tmp_path / "none"))) == ""
    ours = contenders(parse([]))[0]
    assert version(ours) == frpg.__version__


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="frps"):
        contenders(parse(["--skip-ours", "--peer", f"frp={tmp_path}"]))
