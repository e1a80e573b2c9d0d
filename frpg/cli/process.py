"""What a long-running program asks of its process: descriptors, signals, a prompt end."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

import gevent
from gevent.monkey import get_original

from frpg.cli.output import leave

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 1.5  # seconds a stop may take before the process is ended anyway; both programs promise 2

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h

_logger = logging.getLogger(__name__)


def adopt() -> None:
    """Make this process one that runs for long."""
    _raise_descriptor_limit()
    gevent.config.track_greenlet_tree = False  # a stack walk for every greenlet, and each user connection has one
    _keep_freed_memory()
    _log_greenlet_errors()


def _keep_freed_memory() -> None:
    """Bulk makes and frees pieces of 256 KiB; glibc would give each back to the system, and fault it in again.

    Measured: 10 % less CPU for compressed bulk, 4 % for TLS. At most 16 MiB more stay with the process.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for option, size in ((_M_MMAP_THRESHOLD, 4 << 20), (_M_TRIM_THRESHOLD, 16 << 20), (_M_TOP_PAD, 1 << 20)):
            mallopt(option, size)


def _raise_descriptor_limit() -> None:
    """Each connection is a descriptor, and the usual limit of 1024 is meant for programs that use select."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS names a limit it does not grant
            _logger.debug("the limit of open files stays at %d", soft)


def on_stop(stop: Callable[[], object]) -> None:
    """Have SIGINT or SIGTERM call `stop` in a greenlet of its own; a second signal ends the process at once.

    A `stop` that hangs does not keep the process: after `_PATIENCE` seconds it ends, with code 0.
    """
    watchers: list[Any] = []

    def first() -> None:
        _take_over(watchers)
        get_original("_thread", "start_new_thread")(_end_later, ())
        gevent.spawn(_stop_or_end, stop)

    watchers += [gevent.signal_handler(number, first) for number in _STOP_SIGNALS]
    for watcher in watchers:
        watcher.ref = True  # waiting for a signal is a reason to live: the hub must not report a deadlock


def on_hangup(act: Callable[[], object]) -> None:
    """Have SIGHUP, where there is one, call `act` in a greenlet of its own."""
    number = getattr(signal, "SIGHUP", None)  # not on Windows
    if number is not None:
        gevent.signal_handler(number, lambda: gevent.spawn(act))


def _take_over(watchers: list[Any]) -> None:
    """From the hub's watchers to handlers of the system, which also reach a hub that is busy."""
    block = getattr(signal, "pthread_sigmask", None)  # not on Windows
    if block is not None:
        block(
            signal.SIG_BLOCK, _STOP_SIGNALS
        )  # without a watcher the default action is to die, until the handler is in
    for watcher in watchers:
        watcher.cancel()
    for number in _STOP_SIGNALS:
        signal.signal(number, _end_now)
    if block is not None:
        block(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _stop_or_end(stop: Callable[[], object]) -> None:
    try:
        stop()
    except Exception:
        _logger.exception("cannot stop in order, ending now")
        leave(0)


def settle() -> None:
    """Call once started: what the imports made (25 000 objects, 3 ms a full collection) need not be visited again."""
    gc.freeze()


def _log_greenlet_errors() -> None:
    """Send the traceback of a greenlet that died to the log; gevent would print it to standard error."""
    hub: Any = gevent.get_hub()

    def report(context: object, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        _logger.error("unexpected error in %s", context, exc_info=(kind, error, trace))

    hub.print_exception = report


def _end_now(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _end_later() -> None:
    """In a thread of the system, so that a hub that is stuck cannot hold it up."""
    get_original("time", "sleep")(_PATIENCE)
    os._exit(0)
