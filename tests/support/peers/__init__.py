"""Programs that tests start as processes of their own, without a monkey patch: `python FILE ARGUMENTS`."""

import importlib.util
import sys
from pathlib import Path

import pytest


def command(name: str, *arguments: object) -> list[str]:
    """The command line of a program in this folder."""
    return [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *map(str, arguments)]


def need_module(*names: str) -> None:
    """Skip the test when one of these Python packages is missing."""
    if missing := [name for name in names if importlib.util.find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
