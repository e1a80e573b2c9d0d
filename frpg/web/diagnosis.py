"""The routes below /debug/pprof/: what the program is doing at this moment, as text for people."""

from __future__ import annotations

import gc
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from types import FrameType

from flask import Response, request
from greenlet import greenlet

from frpg.web.answers import plain
from frpg.web.process import live_greenlets
from frpg.web.profiler import Profiler
from frpg.web.site import Site

ROOT = "/debug/pprof/"
MAX_TEXT = 1048576  # characters of one answer
MAX_DEPTH = 64  # frames of one stack
MAX_STACKS = 2000
MAX_TYPES = 200
SECONDS = 10  # that a profile takes unless told otherwise
MAX_SECONDS = 30

# Options whose value anybody may read; all others, passwords among them, are masked.
_HARMLESS = frozenset(("-c", "--config", "--config_dir", "--config-dir", "--log_level", "--log-level"))
_MASK = "***"

_Stack = tuple[str, tuple[str, ...]]  # what has it, and its frames as text

_INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>/debug/pprof/</title></head><body>
<h1>/debug/pprof/</h1>
<ul>
<li><a href="goroutine?debug=1">goroutine?debug=1</a>: stacks of all greenlets and threads, equal ones together</li>
<li><a href="goroutine?debug=2">goroutine?debug=2</a>: the same, one by one</li>
<li><a href="heap">heap</a>: objects by type</li>
<li><a href="profile?seconds=10">profile?seconds=10</a>: what runs, as folded stacks</li>
<li><a href="cmdline">cmdline</a>: the command line, its values masked</li>
</ul>
</body></html>
"""


class Diagnosis:
    """Adds the routes to `site`, whose password guards them."""

    def __init__(self, site: Site) -> None:
        self._profiler = Profiler()
        site.route(ROOT, lambda: Response(_INDEX, mimetype="text/html"))
        site.route(f"{ROOT}cmdline", lambda: plain("\0".join(masked(sys.orig_argv))))
        site.route(f"{ROOT}goroutine", _stacks)
        site.route(f"{ROOT}heap", lambda: plain(_bounded(_heap())))
        site.route(f"{ROOT}profile", self._profile)
        # What Go's tool asks before it would send addresses: there is nothing to look up.
        site.route(f"{ROOT}symbol", lambda: plain("num_symbols: 0\n"), "GET", "POST")
        site.route(f"{ROOT}trace", lambda: plain("no execution traces here, see profile\n", 501))
        site.route(f"{ROOT}<name:profile>", lambda profile: plain("Unknown profile\n", 404))

    def _profile(self) -> Response:
        seconds = _seconds(request.args.get("seconds", ""))
        if not seconds:
            return plain(f"seconds must be a number from 1 to {MAX_SECONDS}\n", 400)
        found = self._profiler.run(seconds)
        if found is None:
            return plain("another profile is being taken\n", 409)
        return plain(_bounded(f"{stack} {count}\n" for stack, count in found.most_common()))


def masked(arguments: Sequence[str]) -> list[str]:
    """A command line without its options' values, as some of them are secrets."""
    shown = []
    option = ""  # that the next word belongs to
    for word in arguments:
        name, equals, _value = word.partition("=")
        if not word.startswith("-"):
            shown.append(_MASK if option and option not in _HARMLESS else word)
            option = ""
        elif word.startswith("--"):
            shown.append(word if not equals or name in _HARMLESS else f"{name}={_MASK}")
            option = "" if equals else name
        else:  # -t secret, -tsecret
            shown.append(word if len(word) == 2 or word[:2] in _HARMLESS else f"{word[:2]}{_MASK}")
            option = word if len(word) == 2 else ""
    return shown


def stack_of(frame: FrameType | None) -> tuple[str, ...]:
    """Function and place of each frame, the innermost first."""
    found: list[str] = []
    while frame is not None and len(found) < MAX_DEPTH:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "?")
        found.append(f"{module}.{code.co_qualname}\n\t{code.co_filename}:{frame.f_lineno}\n")
        frame = frame.f_back
    return tuple(found)


def _stacks() -> Response:
    stacks = _all_stacks()
    one_by_one = request.args.get("debug") == "2"
    return plain(_bounded(_each(stacks) if one_by_one else _grouped(stacks)))


def _all_stacks() -> Iterator[_Stack]:
    """Threads first, as one of them runs the hub."""
    here = sys._getframe()
    for ident, frame in sys._current_frames().items():
        yield f"thread {ident} [{'this request' if frame is here else 'running'}]", stack_of(frame)
    greenlets = live_greenlets()
    for each in greenlets[:MAX_STACKS]:
        kept: FrameType | None = each.gr_frame
        if kept is not None:
            yield f"greenlet [{type(each).__name__}, waiting]", stack_of(kept)
        elif not greenlet.__bool__(each):  # gevent's own says that it has begun as soon as it is going to
            yield f"greenlet [{type(each).__name__}, not started]", ()
        # else: it runs, and is the stack of its thread
    if len(greenlets) > MAX_STACKS:
        yield f"… and {len(greenlets) - MAX_STACKS} more greenlets", ()


def _each(stacks: Iterable[_Stack]) -> Iterator[str]:
    for what, stack in stacks:
        yield f"{what}:\n{''.join(stack)}\n"


def _grouped(stacks: Iterable[_Stack]) -> Iterator[str]:
    for (what, stack), count in Counter(stacks).most_common():
        yield f"{count} x {what}:\n{''.join(stack)}\n"


def _heap() -> Iterator[str]:
    """Only what the collector watches: containers and most objects, not numbers, texts, bytes or what is frozen."""
    counts = Counter(map(type, gc.get_objects()))
    yield f"{counts.total()} objects that the garbage collector watches, by type\n"
    yield f"collections: {', '.join(str(stat['collections']) for stat in gc.get_stats())}\n\n"
    for kind, count in counts.most_common(MAX_TYPES):
        yield f"{count:10} {kind.__module__}.{kind.__qualname__}\n"


def _seconds(text: str) -> int:
    """0 for what is no number of seconds."""
    if not text:
        return SECONDS
    value = int(text) if re.fullmatch("[0-9]{1,3}", text) else 0
    return value if value <= MAX_SECONDS else 0


def _bounded(parts: Iterator[str]) -> str:
    kept, size = list[str](), 0
    for part in parts:
        size += len(part)
        if size > MAX_TEXT:
            kept.append("… and more\n")
            break
        kept.append(part)
    return "".join(kept)
