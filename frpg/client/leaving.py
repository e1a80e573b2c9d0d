"""An orderly end: users that the server has sent already are served, and what moves may come to its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import gevent

from frpg.client.users import Joined

if TYPE_CHECKING:
    from frpg.client.control import Control

PATIENCE = 1.0  # seconds for all of it; both programs promise to end within 2
NOTICE = 0.5  # seconds the server has to take note
SILENCE = 0.5  # seconds without a byte, after which nothing counts as moving

_STEP = 0.02  # seconds between two looks


def leave(control: Control, joined: Joined, patience: float) -> None:
    """Withdraw the proxies of `control`, then wait for the end of `joined`; at most `patience` seconds.

    The session is still there afterwards, unless the server ended it.
    """
    ends = time.monotonic() + patience
    control.withdraw(min(patience, NOTICE))
    _wait_for_end(control, joined, ends)


def _wait_for_end(control: Control, joined: Joined, ends: float) -> None:
    moved, since = control.bytes_moved(), time.monotonic()
    while (joined or control.is_connecting) and (now := time.monotonic()) < min(ends, since + SILENCE):
        gevent.sleep(_STEP)
        if control.bytes_moved() != moved:
            moved, since = control.bytes_moved(), now
