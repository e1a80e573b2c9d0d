"""Loads configurations from texts, as the programs load files."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from frpg.config.client import ClientConfig
from frpg.config.load import Loaded, load_client, load_server
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError

LoadServer = Callable[..., Loaded[ServerConfig]]
LoadClient = Callable[..., Loaded[ClientConfig]]
Faults = Callable[..., list[str]]


@pytest.fixture
def frps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadServer:
    """Load a text as a file of frps in the working directory."""
    monkeypatch.chdir(tmp_path)

    def load(text: str, name: str = "frps.toml", environ: Mapping[str, str] | None = None, **kw: object) -> object:
        Path(name).write_text(text, encoding="utf-8")
        return load_server(name, environ=environ or {}, **kw)  # type: ignore[arg-type]

    return load  # type: ignore[return-value]


@pytest.fixture
def frpc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadClient:
    """Load a text as a file of frpc in the working directory."""
    monkeypatch.chdir(tmp_path)

    def load(text: str, name: str = "frpc.toml", environ: Mapping[str, str] | None = None, **kw: object) -> object:
        Path(name).write_text(text, encoding="utf-8")
        return load_client(name, environ=environ or {}, **kw)  # type: ignore[arg-type]

    return load  # type: ignore[return-value]


@pytest.fixture
def server_faults(frps: LoadServer) -> Faults:
    """The faults of a text, as a file of frps."""

    def faults(text: str, **kw: object) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            frps(text, **kw)
        return caught.value.faults

    return faults


@pytest.fixture
def client_faults(frpc: LoadClient) -> Faults:
    """The faults of a text, as a file of frpc."""

    def faults(text: str, **kw: object) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            frpc(text, **kw)
        return caught.value.faults

    return faults
