"""Configuration files that scripts/bench writes for its contenders."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import frpg
from scripts.bench_lib.contenders import (
    Frp,
    Rathole,
    TwoHops,
    contenders,
    frpc_toml,
    frps_toml,
    rathole_client_toml,
    rathole_server_toml,
)
from scripts.bench_lib.machine import version
from scripts.bench_lib.options import parse
from scripts.bench_lib.plans import Feature, Forward, Plan, Routes
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


def test_a_plugin_is_told_its_options() -> None:
    options = (("type", "static_file"), ("localPath", '/a "b"'))
    forward = Forward("static", "tcp", 0, 9004, plugin=options)
    (proxy,) = tomllib.loads(frpc_toml(Plan(7000, DEFAULT, (forward,))))["proxies"]
    assert proxy["plugin"] == dict(options)
    assert forward.feature is Feature.PLUGINS
    assert not Rathole("rathole", "rathole").fits(DEFAULT, forward.feature)
    assert not TwoHops().fits(DEFAULT, forward.feature)


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
    assert [one.name for one in ALL if rathole.fits(one, Feature.PORTS)] == ["default", "nomux"]
    assert not any(rathole.fits(DEFAULT, feature) for feature in Feature if feature is not Feature.PORTS)
    frp = Frp("frp", ("frps",), ("frpc",))
    assert all(frp.fits(transport, feature) for transport in ALL for feature in Feature)


def test_virtual_hosts_share_a_port_of_the_server_and_need_none_of_their_own() -> None:
    plan = Plan(7000, DEFAULT, Routes(2, 3).sites(8080, 9080))
    assert tomllib.loads(frps_toml(plan))["vhostHTTPPort"] == 9080
    first, second = tomllib.loads(frpc_toml(plan))["proxies"]
    assert first == {
        "name": "site-0.example",
        "type": "http",
        "localIP": "127.0.0.1",
        "localPort": 8080,
        "customDomains": ["site-0.example"],
        "locations": ["/part-00/", "/part-01/", "/part-02/"],
    }
    assert second["customDomains"] == ["site-1.example"]


def test_a_site_without_locations_has_every_path() -> None:
    plan = Plan(7000, DEFAULT, Routes(1).sites(8080, 9080))
    (site,) = tomllib.loads(frpc_toml(plan))["proxies"]
    assert "locations" not in site
    assert plan.sites[0].path == "/"


def test_the_middle_of_the_routes_is_a_site_and_a_location_that_exist() -> None:
    routes = Routes(500, 50)
    site = next(site for site in routes.sites(8080, 9080) if site.name == routes.middle)
    assert (site.domain, site.path) == ("site-250.example", "/part-25/")
    assert site.path in site.locations


def test_two_hops_of_nginx_lead_from_the_port_of_the_sites_to_the_service(tmp_path: Path) -> None:
    plan = Plan(7000, DEFAULT, Routes(1).sites(8080, 9080))
    hops = TwoHops()
    commands = [hops.server(plan, tmp_path), hops.client(plan, tmp_path)]
    texts = [Path(command[command.index("-c") + 1]).read_text(encoding="utf-8") for command in commands]
    ports = [(text.split("listen 127.0.0.1:")[1].split()[0], text.split("server 127.0.0.1:")[1]) for text in texts]
    assert [(listen, server.split(";")[0]) for listen, server in ports] == [("9080", "7000"), ("7000", "8080")]
    assert hops.entrance(plan) == 9080


def test_two_hops_of_nginx_are_measured_by_host_name_only() -> None:
    assert [feature for feature in Feature if TwoHops().fits(DEFAULT, feature)] == [Feature.WEB]


def test_peers_come_after_ours(tmp_path: Path) -> None:
    for name in ("frps", "frpc", "rathole"):
        (tmp_path / name).touch()
    found = contenders(parse(["--peer", f"frp={tmp_path}", "--peer", f"rathole={tmp_path}"]))
    assert [contender.label for contender in found] == ["frpg", "frp", "rathole", "nginx-hops"]
    ours, frp, *_ = found
    assert isinstance(ours, Frp)
    assert ours.frps[-2] == ours.frpc[-2] == sys.executable
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


def test_a_checkout_is_measured_with_its_own_package(tmp_path: Path) -> None:
    for name in ("bin/frps", "bin/frpc", "frpg/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("import frpg\nprint(frpg.__file__)\n" if name.startswith("bin") else "")
    baseline = contenders(parse(["--peer", f"baseline={tmp_path}"]))[1]
    command = baseline.server(Plan(7000, DEFAULT, ()), tmp_path)
    found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert found.strip() == str(tmp_path / "frpg/__init__.py")


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="frps"):
        contenders(parse(["--skip-ours", "--peer", f"frp={tmp_path}"]))
