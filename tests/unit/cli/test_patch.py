"""Patching, in processes of their own; and what happens where gevent is not installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def python(code: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_patches_nothing() -> None:
    code = "import frpg.cli.patch, frpg.cli.frps, frpg.cli.frpc, frpg.logs; print('gevent.monkey' in sys.modules);"
    code += "from gevent import monkey; print(monkey.is_anything_patched())"
    assert python(code).split()[-1] == "False"


def test_everything_is_patched_and_gevent_is_left_as_it_was() -> None:
    code = (
        "from gevent import events, monkey; before = events.notify_and_call_entry_points;"
        "from frpg.cli.patch import fast_patch; fast_patch();"
        "print(before is events.notify_and_call_entry_points,"
        " all(map(monkey.is_module_patched, ['socket', 'ssl', 'threading', 'time', 'subprocess', 'select'])))"
    )
    assert python(code) == "True True\n"


def test_plug_ins_are_not_searched_for() -> None:
    code = (
        "import importlib.metadata as m; m.entry_points = lambda *a, **k: print('searched');"
        "from frpg.cli.patch import fast_patch; fast_patch()"
    )
    assert python(code) == ""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the programs that a Python without gevent is to run."""
    for name in ("bin", "frpg"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run_bare(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run `frps -v` without any installed package."""
    command = [sys.executable, "-S", str(checkout / "bin" / "frps"), "-v"]
    return subprocess.run(command, capture_output=True, text=True, env={}, cwd="/")


def test_without_gevent_there_is_advice(checkout: Path) -> None:
    result = run_bare(checkout)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "No module named 'gevent': frpg is not fully installed; in its folder run: pip install .\n"


def test_an_environment_in_the_checkout_is_used(checkout: Path) -> None:
    (checkout / ".venv-demo" / "bin").mkdir(parents=True)
    launcher = checkout / ".venv-demo" / "bin" / "python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    launcher.chmod(0o755)
    result = run_bare(checkout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "0.70.1\n", "")


def test_an_environment_without_gevent_is_tried_once(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    launcher = checkout / ".venv" / "bin" / "python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    launcher.chmod(0o755)
    result = run_bare(checkout)
    assert result.returncode == 1
    assert result.stderr.startswith("No module named 'gevent'")
