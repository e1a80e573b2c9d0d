"""Fixtures that call the programs as users and scripts do."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.program import Program, environment
from tests.unit.cli.programs import BIN, Answer


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Answer]:
    """Run a program to its end in the test's folder: `run("frps", "verify")`."""

    def call(name: str, *words: str) -> Answer:
        command = [sys.executable, str(BIN / name), *words]
        result = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment(), timeout=30)
        return Answer(result.returncode, result.stdout.decode(), result.stderr.decode())

    return call


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start a program in the test's folder; it ends with the test."""
    programs = []

    def launch(name: str, *words: str, prefix: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Program:
        command = [*prefix, sys.executable, str(BIN / name), *words]
        programs.append(Program(command, name=name, cwd=tmp_path, env=env))
        return programs[-1]

    yield launch
    for program in programs:
        program.kill()
