"""Real programs that tests use: found, or the test is skipped by their name."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.users import refuses
from tests.support.waiting import eventually

_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def need(*names: str) -> list[str]:
    """Full paths of these programs; skips the test when one is missing."""
    found = [shutil.which(name, path=_PATH) for name in names]
    missing = [name for name, path in zip(names, found, strict=True) if not path]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    return [path for path in found if path]


def run(*command: str, cwd: Path | None = None, timeout: float = 60.0) -> str:
    """What the command prints; fails the test with all of it when the command fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wait_listening(port: int) -> None:
    eventually(lambda: not refuses(port), what=f"nobody listens at {port}")
