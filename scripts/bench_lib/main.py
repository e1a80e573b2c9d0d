"""scripts/bench from its arguments to its exit status."""

import contextlib
import resource
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from . import machine, table
from .bed import Bed
from .contenders import Contender, contenders
from .errors import ContenderFailed
from .options import Options, parse
from .progress import Progress
from .results import Results
from .rows import ROWS, Row, select
from .runner import Runner
from .services import Services

FAILED, USAGE, INTERRUPTED = 1, 2, 130  # exit statuses


def main(argv: Sequence[str] | None = None) -> int:
    """0: every slice ran; 1: a contender failed; 2: wrong arguments; 130: interrupted, with the table so far."""
    options = parse(argv)
    if options.list_rows:
        print("\n".join(f"{row.name:32}{row.title}" for row in ROWS))
        return 0
    if not sys.platform.startswith("linux"):
        return _refuse("needs Linux: it reads CPU time and memory of processes from the kernel")
    try:
        rows = select(options.rows)
        found = [one for one in contenders(options) if any(one.fits(row.transport, row.kind.feature) for row in rows)]
    except (ValueError, FileNotFoundError) as error:
        return _refuse(str(error))
    return _measure(options, rows, found)


def _measure(options: Options, rows: list[Row], found: list[Contender]) -> int:
    labels = [contender.label for contender in found]
    reference = options.peers[0].kind if options.peers else None
    results = Results(rows, labels, reference)
    described = machine.describe(found)
    status = 0
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run(options, found, results)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        status = INTERRUPTED
    except ContenderFailed as error:
        print(f"scripts/bench: a service does not work: {error}", file=sys.stderr)
        status = FAILED
    print(table.report(results, described, markdown=options.markdown), end="")
    if options.json:
        results.write(options.json, described, {"rounds": options.rounds, "seconds": options.seconds})
    return status or (FAILED if results.failures else 0)


def _run(options: Options, found: Sequence[Contender], results: Results) -> None:
    _allow_files()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="frpg-bench-")))
        services = stack.enter_context(Services(folder))
        progress = Progress()
        bed = stack.enter_context(Bed(services, folder, options.seconds, progress.within))
        Runner(bed, found, results, progress).run(options.rounds)


def _allow_files() -> None:
    """Let the programs under test have as many descriptors as this machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse(text: str) -> int:
    print(f"scripts/bench: {text}", file=sys.stderr)
    return USAGE
