"""Monkey patching for the programs, before anything else is imported; the package itself never patches."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

_MARK = "FRPG_IN_ENVIRONMENT"


def fast_patch() -> None:
    """gevent's `patch_all` without its search for plug-ins.

    patch_all publishes 25 events and for each reads the metadata of every installed package: 0.3 s with a hundred of
    them. The plug-ins would only be told of the patching, and we have none.

    When gevent is not installed, goes on in a virtual environment of the checkout, or exits with a message.
    """
    # Until our own handlers are in place an interrupt ends the program in silence, not with a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from gevent import events, monkey
    except ImportError as error:
        _run_in_environment()
        sys.exit(f"{error}: frpg is not fully installed; in its folder run: pip install .")
    os.environ.pop(_MARK, None)
    publishers: Any = events
    original = getattr(publishers, "notify_and_call_entry_points", None)
    if original is not None:
        publishers.notify_and_call_entry_points = publishers.notify
    try:
        monkey.patch_all()
    finally:
        if original is not None:
            publishers.notify_and_call_entry_points = original


def _run_in_environment() -> None:
    """Start again with the Python of a `.venv*` beside our code, so that `bin/frps` works without activating it.

    Does not return when there is one.
    """
    if _MARK in os.environ:  # that is where we are
        return
    for python in sorted(Path(__file__).resolve().parents[2].glob(".venv*/bin/python")):
        os.execve(python, [str(python), *sys.argv], {**os.environ, _MARK: "1"})
