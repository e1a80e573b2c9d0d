"""Which frps and frpc a test runs: this checkout's, or official ones named from outside."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Binary:
    """One program: the command that starts it."""

    command: tuple[str, ...]
    is_official: bool = False

    @property
    def name(self) -> str:
        return Path(self.command[-1]).name

    @classmethod
    def ours(cls, name: str) -> "Binary":
        return cls((sys.executable, str(ROOT / "bin" / name)))

    @classmethod
    def official(cls, path: Path) -> "Binary":
        return cls((str(path.resolve()),), is_official=True)


@dataclass(frozen=True)
class Ends:
    """A server and the client that talks to it."""

    frps: Binary
    frpc: Binary

    @property
    def wires(self) -> tuple[str, ...]:
        """Wire protocols the client can be told to use."""
        return ("v1", "v2") if self.frpc.is_official else ("v1", "v2", "auto")


OURS = Ends(Binary.ours("frps"), Binary.ours("frpc"))


def official_folder() -> Path | None:
    """Folder of the official frps and frpc, from FRPG_OFFICIAL_BIN; None when unset."""
    name = os.environ.get("FRPG_OFFICIAL_BIN")
    return Path(name) if name else None
