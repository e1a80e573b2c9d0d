"""The same configurations in INI, TOML, YAML and JSON load as equal objects. tests/data/examples has the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from frpg.config.client import ClientConfig
from frpg.config.load import load_client, load_server
from frpg.config.proxies import TcpProxyConfig, UdpProxyConfig
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError

EXAMPLES = Path(__file__).resolve().parents[2] / "data" / "examples"
ENVIRON = {"FRP_SERVER_ADDR": "192.0.2.10", "FRP_SSH_REMOTE_PORT": "6000"}

FILES = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.glob("ex*/fr*"))
GROUPS = sorted({path.with_suffix("") for path in FILES})
FAULTY = {"ex20/frpc.ini"}  # we report what frp drops without a word


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`includes` of the examples are relative to the folder above them."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def load(path: Path) -> ServerConfig | ClientConfig:
    if path.name.startswith("frps"):
        config = load_server(path, environ=ENVIRON).config
        if not config.web_server.port:
            config.web_server.addr = ""  # the one default that INI has otherwise
        return config
    client = load_client(path, environ=ENVIRON).config
    client.includes = []  # names the files of its own format
    return client


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_all_formats_say_the_same(group: Path) -> None:
    paths = [path for path in FILES if path.with_suffix("") == group and str(path) not in FAULTY]
    first, *others = [load(path) for path in paths]
    for path, config in zip(paths[1:], others, strict=True):
        assert config == first, path


def test_there_is_something_to_compare() -> None:
    assert len(FILES) > 80
    pairs = [group for group in GROUPS if len([path for path in FILES if path.with_suffix("") == group]) > 1]
    assert len(pairs) > 25


def test_ssh_over_tcp() -> None:
    config = load(Path("ex01/frpc.ini"))
    assert isinstance(config, ClientConfig)
    assert config.proxies == [TcpProxyConfig(name="ssh", local_port=22, remote_port=6000)]
    assert (config.transport.heartbeat_interval, config.udp_packet_size) == (-1, 1500)


def test_a_bandwidth() -> None:
    config = load(Path("ex03/frpc.yaml"))
    assert isinstance(config, ClientConfig)
    (proxy,) = config.proxies
    assert isinstance(proxy, UdpProxyConfig)
    assert proxy.transport.bandwidth_limit.bytes_per_second == 1572864


def test_heartbeats_without_multiplexing() -> None:
    config = load(Path("ex13/frpc.toml"))
    assert isinstance(config, ClientConfig)
    assert (config.transport.heartbeat_interval, config.transport.heartbeat_timeout) == (20, 90)


def test_oddities_of_ini_that_are_faults_here() -> None:
    path = Path("ex20/frpc.ini")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.faults == [
        f"{path}: [common] login_fail_exit: expected boolean: not a boolean: 'nonsense' (use true or false)",
        f"{path}: [common] admin_port: expected integer: not an integer: 'abc'",
    ]
    kept = [line for line in path.read_text().splitlines() if not line.startswith(("login_fail_exit", "admin_port"))]
    path.write_text("\n".join(kept))
    assert load(path) == load(path.with_suffix(".toml"))
    assert load_client(path, environ={}).warnings == [
        f"{path}: [common] token: has a note behind its value, which belongs to the value; "
        "give the note a line of its own",
        f"{path}: [common] unknown_key: unknown key, ignored",
    ]
