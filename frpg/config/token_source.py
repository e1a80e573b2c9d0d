"""Secrets that stand outside the configuration: in a file, or in what a command prints."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

from frpg.config.common import AuthConfig, ExecSource, ValueSource
from frpg.config.sources import reason
from frpg.errors import ConfigError

DEADLINE = 10.0  # seconds for a command, from its start to the end of its output
MAX_OUTPUT = 65536  # bytes


def resolve_token(auth: AuthConfig) -> None:
    """Put the value of `tokenSource` in place of `auth.token`. To be called once, at start; may wait for a command.

    Raises:
        ConfigError: there is no value to be had; see `read_value`.
    """
    if auth.method != "token" or auth.token_source is None:
        return
    try:
        auth.token = read_value(auth.token_source)
    except ConfigError as error:
        raise ConfigError(f"failed to resolve auth.tokenSource: {error}") from None


def read_value(source: ValueSource) -> str:
    """The value at this moment, without white space around it; never empty. No error shows any of it.

    Official frp takes an empty value for a token, so that a secret that was not mounted lets everybody in.

    Raises:
        ConfigError: the file cannot be read, the command fails or takes too long, the value is empty or no text.
    """
    if source.file is not None:
        what, data = f"file {source.file.path}", _read(source.file.path)
    elif source.exec is not None:
        what, data = f"the output of command {source.exec.command}", _run(source.exec)
    else:
        raise ConfigError("neither a file nor a command")
    try:
        value = data.decode().strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{what} is not text in UTF-8") from None
    if not value:
        raise ConfigError(f"{what} is empty")
    return value


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_OUTPUT + 1)
    except OSError as error:
        raise ConfigError(f"failed to read file {path}: open {path}: {reason(error)}") from None
    if len(data) > MAX_OUTPUT:
        raise ConfigError(f"failed to read file {path}: longer than {MAX_OUTPUT} bytes")
    return data


def _run(source: ExecSource) -> bytes:
    """What the command prints on standard output; what it complains about may hold secrets, and goes nowhere."""
    from gevent import Timeout, subprocess

    def failure(text: str) -> ConfigError:
        return ConfigError(f"failed to execute command {source.command}: {text}")

    environ = os.environ | {variable.name: variable.value for variable in source.env}
    try:
        process = subprocess.Popen(
            [source.command, *source.args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            start_new_session=True,  # so that all it starts can be ended
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in a text
        raise failure(_cannot_start(source.command, error)) from None
    assert process.stdout is not None
    try:
        with Timeout(DEADLINE, TimeoutError):
            output = process.stdout.read(MAX_OUTPUT + 1)
            if len(output) > MAX_OUTPUT:
                raise failure(f"more than {MAX_OUTPUT} bytes of output")
            code = process.wait()
    except TimeoutError:
        raise failure(f"no end within {DEADLINE:g} s") from None
    finally:
        _end(process)
    if code != 0:
        raise failure(f"exit status {code}" if code > 0 else f"signal: {-code}")
    return output


def _cannot_start(command: str, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return str(error)
    if isinstance(error, FileNotFoundError) and "/" not in command:
        return f'exec: "{command}": executable file not found in $PATH'
    return f"fork/exec {command}: {reason(error)}"


def _end(process: Any) -> None:
    """If it still runs, with its children."""
    process.stdout.close()
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
