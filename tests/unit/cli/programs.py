"""bin/frps and bin/frpc for the tests of the command line."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import free_port

BIN = Path(__file__).resolve().parents[3] / "bin"
BOTH = pytest.mark.parametrize("name", ["frps", "frpc"])


@dataclass
class Answer:
    """What a program that has ended said."""

    code: int
    out: str
    err: str


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return name


def server_file(folder: Path, name: str = "frps.toml") -> tuple[str, int]:
    """A server on a free port that does not colour its log: the file and the port."""
    port = free_port()
    text = f'bindAddr = "127.0.0.1"\nbindPort = {port}\nlog.disablePrintColor = true\n'
    return write(folder, name, text), port
