"""The progress line of scripts/bench."""

import io

from scripts.bench_lib.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_written_over() -> None:
    output = Terminal()
    progress = Progress(output)
    progress.begin(2)
    progress.step("one")
    progress.step("two")
    progress.within("300 of 5000 sites")
    progress.end()
    assert "[2/2] 300 of 5000 sites" in output.getvalue()
    assert "\n" not in output.getvalue()
    assert "[1/2] one" in output.getvalue()
    assert output.getvalue().endswith("\r\x1b[K")


def test_elsewhere_only_notes_and_a_line_now_and_then() -> None:
    output = io.StringIO()
    progress = Progress(output)
    progress.begin(2)
    progress.step("one")
    progress.within("300 of 5000 sites")
    progress.note("connect/default skipped")
    progress.end()
    assert output.getvalue() == "connect/default skipped\n"
