"""The command line of scripts/bench."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KINDS_OF_PEER = ("frp", "rathole", "baseline")
MIN_ROUNDS = 5  # below this a median says little on a shared machine; a smaller number is for trying things out

EPILOG = """\
examples:
  scripts/bench                                      every row, this checkout alone
  scripts/bench --peer frp=~/frp_0.70.1 --json all.json
  scripts/bench --peer frp=~/frp --rows 'pingpong-*,*-8/default' --rounds 9
  scripts/bench --peer baseline=../before --rows connect   this checkout beside another one

Load, services and tunnels share the cores of this machine: compare figures of one run only, and trust the CPU
columns more than the rates. docs/performance.md tells how to read the table.
"""


@dataclass(frozen=True)
class Peer:
    """Another tunnel to measure in the same run."""

    kind: str  # one of KINDS_OF_PEER
    folder: Path  # holds frps and frpc, or rathole; of a baseline, bin/frps and bin/frpc


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    rows: tuple[str, ...]
    rounds: int
    seconds: float
    peers: tuple[Peer, ...]
    json: Path | None
    markdown: bool
    list_rows: bool
    skip_ours: bool


def parse(argv: Sequence[str] | None = None) -> Options:
    """Raises SystemExit(2) with the usage for arguments that make no sense."""
    parser = _parser()
    found = parser.parse_args(argv)
    peers = tuple(found.peer)
    if len({peer.kind for peer in peers}) < len(peers):
        parser.error("--peer: each NAME once")
    if found.skip_ours and not peers:
        parser.error("--skip-ours leaves nothing to measure: name a --peer")
    return Options(
        rows=tuple(pattern.strip() for pattern in found.rows.split(",") if pattern.strip()),
        rounds=found.rounds,
        seconds=found.seconds,
        peers=peers,
        json=found.json,
        markdown=found.markdown,
        list_rows=found.list,
        skip_ours=found.skip_ours,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure throughput, rates, CPU time and memory of frps and frpc on this machine.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--rows", default="", metavar="PATTERN[,..]", help="rows by name: shell wildcards, or a part of the name")
    add("--list", action="store_true", help="print the names of the rows and what they measure, then exit")
    add("--rounds", type=_count, default=MIN_ROUNDS, metavar="N", help=f"slices per row (default {MIN_ROUNDS})")
    add("--seconds", type=_seconds, default=1.0, metavar="S", help="length of a slice (default 1)")
    add(
        "--peer",
        type=_peer,
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="measure another tunnel beside ours, repeatable; NAME: frp (folder of frps and frpc), "
        "rathole (folder of rathole), baseline (another checkout of frpg). Ratios are to the first one named",
    )
    add("--skip-ours", action="store_true", help="measure the peers alone")
    add("--json", type=Path, metavar="FILE", help="write every sample to FILE")
    add("--markdown", action="store_true", help="print the tables in Markdown")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 60:
        raise argparse.ArgumentTypeError("from 0.1 to 60 seconds")
    return value


def _peer(text: str) -> Peer:
    kind, equals, folder = text.partition("=")
    if not equals or kind not in KINDS_OF_PEER:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER with NAME one of {', '.join(KINDS_OF_PEER)}")
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"no folder {folder}")
    return Peer(kind, path)
