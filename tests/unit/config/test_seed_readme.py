"""Every INI block of frp's README of 2023 loads: our users have copied them. tests/data/seed has them as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from frpg.config.client import ClientConfig
from frpg.config.load import Loaded, load_client, load_server
from frpg.config.server import ServerConfig

SEED = Path(__file__).resolve().parents[2] / "data" / "seed"

FRPS, FRPC = ("frps",), ("frpc",)
ROLES = {
    "001-ssh-frps": FRPS,
    "002-ssh-frpc": FRPC,
    "003-web-frps": FRPS,
    "004-web-frpc": FRPC,
    "005-dns-frps": FRPS,
    "006-dns-frpc": FRPC,
    "007-unix-domain-socket": FRPC,
    "008-static-file": FRPC,
    "009-https2http": FRPC,
    "010-stcp": FRPC,
    "011-stcp-visitor": FRPC,
    "012-xtcp-frps": FRPS,
    "013-xtcp": FRPC,
    "014-xtcp-visitor": FRPC,
    "015-environment": FRPC,
    "016-includes": FRPC,
    "017-confd": FRPC,
    "018-dashboard": FRPS,
    "019-dashboard-tls": FRPS,
    "020-admin": FRPC,
    "021-oidc-frps": FRPS,
    "022-oidc-frpc": FRPC,
    "023-encryption-compression": FRPC,
    "024-tls-frpc": FRPC,
    "025-tls-frps": FRPS,
    "026-reload": FRPC,
    "027-allow-ports": FRPS,
    "028-bandwidth-limit": FRPC,
    "029-tcp-mux": FRPS + FRPC,
    "030-kcp-frps": FRPS,
    "031-kcp-frpc": FRPC,
    "032-quic-frps": FRPS,
    "033-quic-frpc": FRPC,
    "034-pool-frps": FRPS,
    "035-pool-frpc": FRPC,
    "036-load-balancing": FRPC,
    "037-health-check-tcp": FRPC,
    "038-health-check-http": FRPC,
    "039-host-header": FRPC,
    "040-headers": FRPC,
    "041-proxy-protocol": FRPC,
    "042-basic-auth": FRPC,
    "043-subdomain-frps": FRPS,
    "044-subdomain-frpc": FRPC,
    "045-locations": FRPC,
    "046-tcpmux-frps": FRPS,
    "047-tcpmux-frpc": FRPC,
    "048-http-proxy": FRPC,
    "049-range": FRPC,
    "050-plugin-http-proxy": FRPC,
}
ENVIRON = {"FRP_SERVER_ADDR": "x.x.x.x", "FRP_SSH_REMOTE_PORT": "6000"}

# Blocks without [common] are snippets; the other warnings are about what the README has wrong.
HEADERLESS = ["012", "017", "023", "024", "025", "028", *(f"{number:03}" for number in range(36, 46)), "049", "050"]
WARNINGS = {
    "012": ["bind_udp_port: has no effect any more, xtcp needs no port of the server"],
    "022": ["[common] oidc_client_id: has a note behind its value"],
    "025": ["tls_enable: is an option of frpc and has no effect here"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, laid out as the README has it."""
    (tmp_path / "confd").mkdir()
    shutil.copy(SEED / "017-confd.ini", tmp_path / "confd" / "test.ini")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def server(name: str) -> ServerConfig:
    return load_server(SEED / f"{name}.ini", environ={}).config


def client(name: str) -> ClientConfig:
    return load_client(SEED / f"{name}.ini", environ=ENVIRON).config


def test_no_block_is_left_out() -> None:
    assert sorted(path.stem for path in SEED.iterdir()) == list(ROLES)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "role"), [(name, role) for name, roles in ROLES.items() for role in roles])
def test_the_block_loads(name: str, role: str) -> None:
    path = SEED / f"{name}.ini"
    loaded: Loaded[ServerConfig] | Loaded[ClientConfig]
    loaded = load_server(path, environ=ENVIRON) if role == "frps" else load_client(path, environ=ENVIRON)
    assert loaded.is_legacy
    number = name[:3]
    warnings = [line.removeprefix(f"{path}: ") for line in loaded.warnings]
    headerless = [line for line in warnings if line.startswith("no section [common]")]
    assert bool(headerless) == (number in HEADERLESS)
    rest = [line for line in warnings if line not in headerless]
    expected = WARNINGS.get(number, [])
    assert len(rest) == len(expected), rest
    assert all(line.startswith(start) for line, start in zip(rest, expected, strict=True)), rest


@pytest.mark.usefixtures("folder")
def test_what_some_blocks_say() -> None:
    (ssh,) = client("015-environment").proxies
    assert (ssh.name, ssh.local_port, client("015-environment").server_addr) == ("ssh", 22, "x.x.x.x")
    assert [proxy.name for proxy in client("016-includes").proxies] == ["ssh"]
    assert [proxy.name for proxy in client("049-range").proxies] == [f"test_tcp_{index}" for index in range(8)]
    assert server("027-allow-ports").allow_ports[0].end == 3000
    assert server("043-subdomain-frps").sub_domain_host == "frps.com"
    assert server("025-tls-frps").transport.tls.force
    assert client("024-tls-frpc").transport.tls.trusted_ca_file == "ca.crt"
    assert client("028-bandwidth-limit").proxies[0].transport.bandwidth_limit.bytes_per_second == 1 << 20
    assert not client("029-tcp-mux").transport.tcp_mux
    assert client("048-http-proxy").transport.proxy_url == "http://user:pwd@192.168.1.128:8080"
