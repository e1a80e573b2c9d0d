from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.common import TlsFiles, WebServerConfig
from frpg.config.load_web import client_web_server, server_web_server
from frpg.errors import ConfigError


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("read", [client_web_server, server_web_server])
def test_the_options_are_read_and_completed(tmp_path: Path, read: object) -> None:
    text = "webServer: {port: 7, user: '{{ .Envs.U }}', addr: '', tls: {certFile: c}}"
    web = read(write(tmp_path, "f.yaml", text), strict=True, environ={"U": "me"})  # type: ignore[operator]
    assert web == WebServerConfig(port=7, user="me", addr="127.0.0.1", tls=TlsFiles(cert_file="c"))


def test_ini_files(tmp_path: Path) -> None:
    text = "[common]\nadmin_port = 7\nadmin_pwd = p\ndashboard_port = 8\n[ssh]\nlocal_port = x\n"
    file = write(tmp_path, "f.ini", text)
    assert client_web_server(file, strict=True, environ={}) == WebServerConfig(port=7, password="p")
    assert server_web_server(file, strict=True, environ={}) == WebServerConfig(port=8, addr="0.0.0.0")


def test_what_is_not_about_it_may_be_faulty(tmp_path: Path) -> None:
    text = "webServer.port = 7\nlog.level = 'x'\nincludes = ['/none/*']\n[[proxies]]\ntype = 'zz'\nport = 'x'\n"
    assert client_web_server(write(tmp_path, "f.toml", text), strict=True, environ={}).port == 7
    text = "webServer.port = 7\nbindPort = 99999\nauth.tokenSource = { type = 'exec' }\n"
    assert server_web_server(write(tmp_path, "f.toml", text), strict=True, environ={}).port == 7


@pytest.mark.parametrize("read", [client_web_server, server_web_server])
def test_a_file_that_cannot_be_read_as_options_is_refused(tmp_path: Path, read: object) -> None:
    file = write(tmp_path, "f.toml", "webServer.port = 'x'\nwebserver.prot = 1\n")
    with pytest.raises(ConfigError):
        read(file, strict=True, environ={})  # type: ignore[operator]
    file = write(tmp_path, "f.toml", "webServer.port = '7'\nzz = 1\n")
    with pytest.raises(ConfigError) as caught:
        read(file, strict=True, environ={})  # type: ignore[operator]
    assert [line.removeprefix(f"{file}: ").partition(": ")[0] for line in caught.value.faults] == [
        "webServer.port",
        "zz",
    ]
    file = write(tmp_path, "f.toml", "webServer.port = 7\nzz = 1\n")
    assert read(file, strict=False, environ={}).port == 7  # type: ignore[operator]
