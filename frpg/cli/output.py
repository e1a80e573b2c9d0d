"""Standard output and error of the programs: lines that are not log lines, and streams that may be broken."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

_PATIENCE = 5.0  # seconds for a reader that is slow


def prepare_streams() -> None:
    """Make 0, 1 and 2 safe to use, whatever the caller of the program left us."""
    # A closed one of the three would be given to our first socket, and a stray print to a peer.
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True, errors="backslashreplace")


def say(text: str, stream: TextIO | None = None) -> None:
    """Print to a stream (standard output unless named); that nobody reads it is no error, and no reason to hang."""
    from frpg.logs.outlet import open_outlet

    outlet = open_outlet(stream or sys.stdout)
    outlet.write(text + "\n")
    outlet.flush(_PATIENCE)


def leave(code: int) -> None:
    """End the process with `code`, flushed, whatever greenlets still live. Does not return."""
    import atexit

    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
