"""The files of conf/: they load, they work with this release, and nothing is missing or wrong in the long ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from frpg.config import legacy_keys
from frpg.config.client import ClientConfig, default_client
from frpg.config.load import load_client, load_server
from frpg.config.plugins import CLIENT_PLUGINS, VISITOR_PLUGINS
from frpg.config.proxies import PROXY_TYPES
from frpg.config.server import ServerConfig, default_server
from frpg.config.supported import unsupported
from frpg.config.visitors import VISITOR_TYPES
from tests.unit.config.conftest import LoadClient, LoadServer
from tests.unit.config.keys import key_paths

CONF = Path(__file__).resolve().parents[3] / "conf"
SERVER_FILES = ["frps.toml", "frps.ini", "frps_full.toml", "frps_full.ini"]
CLIENT_FILES = ["frpc.toml", "frpc.ini", "frpc_full.toml", "frpc_full.ini"]
OTHER_SECRET = ("auth.token =", "auth.method =")  # does not go with all that follows

SWITCHED_OFF = re.compile(r"^#(?=[\w\[])", re.M)


def everything(name: str) -> str:
    """A long file with all options switched on that are off in it."""
    text = SWITCHED_OFF.sub("", (CONF / name).read_text())
    return "\n".join(line for line in text.splitlines() if not line.startswith(OTHER_SECRET))


def test_no_file_is_left_out() -> None:
    assert sorted(path.name for path in CONF.iterdir() if path.is_file()) == sorted(SERVER_FILES + CLIENT_FILES)


@pytest.mark.parametrize("name", SERVER_FILES)
def test_files_of_frps(name: str) -> None:
    loaded = load_server(CONF / name, environ={})
    assert (loaded.warnings, unsupported(loaded.config)) == ([], [])
    assert (loaded.config.bind_port, loaded.config.auth.token) == (7000, "change-me")
    assert loaded.is_legacy == name.endswith(".ini")


@pytest.mark.parametrize("name", CLIENT_FILES)
def test_files_of_frpc(name: str) -> None:
    loaded = load_client(CONF / name, environ={})
    assert (loaded.warnings, unsupported(loaded.config)) == ([], [])
    assert (loaded.config.server_addr, loaded.config.auth.token) == ("127.0.0.1", "change-me")
    assert "ssh" in [proxy.name for proxy in loaded.config.proxies]


def test_both_forms_of_the_short_files_say_the_same() -> None:
    assert load_client(CONF / "frpc.toml", environ={}).config == load_client(CONF / "frpc.ini", environ={}).config
    ini, toml = (load_server(CONF / name, environ={}).config for name in ("frps.ini", "frps.toml"))
    ini.web_server.addr = toml.web_server.addr  # the one default that differs
    assert ini == toml


@pytest.mark.parametrize("name", ["frps_full.toml", "frps_full.ini"])
def test_the_long_files_of_frps_show_defaults(name: str) -> None:
    config = load_server(CONF / name, environ={}).config
    expected = default_server()
    expected.auth.token = "change-me"
    expected.web_server.addr = config.web_server.addr
    assert config == expected


@pytest.mark.parametrize("name", ["frpc_full.toml", "frpc_full.ini"])
def test_the_long_files_of_frpc_show_defaults(name: str) -> None:
    config = load_client(CONF / name, environ={}).config
    config.proxies = []
    expected = default_client({})
    expected.auth.token, expected.server_addr = "change-me", "127.0.0.1"
    assert config == expected


def test_what_is_switched_off_is_right_too(frps: LoadServer, frpc: LoadClient) -> None:
    Path("confd").mkdir()
    for suffix in ("toml", "ini"):
        assert frps(everything(f"frps_full.{suffix}"), f"frps.{suffix}").warnings == []
        loaded = frpc(everything(f"frpc_full.{suffix}").replace("start = ssh,dns", ""), f"frpc.{suffix}")
        assert loaded.warnings == []
        types = {proxy.type for proxy in loaded.config.proxies}
        assert types == set(PROXY_TYPES)
        plugins = {proxy.plugin.type for proxy in loaded.config.proxies if proxy.plugin}
        assert plugins == set(CLIENT_PLUGINS if suffix == "toml" else legacy_keys.PLUGIN)


@pytest.mark.parametrize(("name", "cls"), [("frps_full.toml", ServerConfig), ("frpc_full.toml", ClientConfig)])
def test_the_long_toml_files_have_every_option(name: str, cls: type) -> None:
    words = set(re.findall(r"\w+", (CONF / name).read_text()))
    paths = key_paths(cls)
    if cls is ClientConfig:
        for table in (PROXY_TYPES, VISITOR_TYPES, CLIENT_PLUGINS, VISITOR_PLUGINS):
            paths |= {path for variant in table.values() for path in key_paths(variant)}
    missing = {path for path in paths if "ource.exec." not in path and path.rsplit(".", 1)[-1].strip("[]") not in words}
    assert missing == set()


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        (
            "frps_full.ini",
            [legacy_keys.SERVER, legacy_keys.SCOPES, legacy_keys.DASHBOARD_TLS, legacy_keys.SERVER_PLUGIN],
        ),
        ("frpc_full.ini", [legacy_keys.CLIENT, legacy_keys.SCOPES]),
        ("frpc_full.ini", [*legacy_keys.PROXY.values(), *legacy_keys.VISITOR.values()]),
        ("frpc_full.ini", [{f"plugin_{key}": "" for key in keys} for keys in legacy_keys.PLUGIN.values()]),
        ("frpc_full.ini", [dict.fromkeys(("meta_team", "header_X", "oidc_additional_var1", "plugin_header_X"), "")]),
    ],
)
def test_the_long_ini_files_have_every_key(name: str, tables: list[legacy_keys.Keys]) -> None:
    words = set(re.findall(r"\w+", (CONF / name).read_text()))
    assert {key for keys in tables for key in keys} - words == set()
