"""Command line of scripts/bench."""

from pathlib import Path

import pytest

from scripts.bench_lib.options import Peer, parse


def test_defaults_are_all_rows_in_five_rounds_of_a_second() -> None:
    found = parse([])
    assert (found.rows, found.rounds, found.seconds, found.peers) == ((), 5, 1.0, ())


def test_rows_are_separated_by_commas() -> None:
    assert parse(["--rows", "connect, udp-*,"]).rows == ("connect", "udp-*")


def test_peers_keep_the_order_in_which_they_are_named(tmp_path: Path) -> None:
    found = parse(["--peer", f"rathole={tmp_path}", "--peer", f"frp={tmp_path}"])
    assert found.peers == (Peer("rathole", tmp_path), Peer("frp", tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--peer", "frp"],
        ["--peer", "other=/"],
        ["--peer", "frp=/no/such/folder"],
        ["--peer", "frp=/", "--peer", "frp=/"],
        ["--rounds", "0"],
        ["--seconds", "0"],
        ["--seconds", "3600"],
        ["--skip-ours"],
        ["--round", "3"],
    ],
)
def test_senseless_arguments_are_refused_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(arguments)
    assert refused.value.code == 2
    assert "error:" in capsys.readouterr().err
