"""The progress line on standard error."""

import sys
import time
from typing import TextIO

REPORT_SECONDS = 30.0  # between lines when the output is no terminal


class Progress:
    """One line that is written over on a terminal; elsewhere a line now and then."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stderr
        self._is_terminal = self._output.isatty()
        self._done = self._total = 0
        self._begin = self._reported = time.monotonic()

    def begin(self, total: int) -> None:
        """`total` steps are to come."""
        self._done, self._total = 0, total
        self._begin = time.monotonic()

    def step(self, text: str = "") -> None:
        """The next step starts; without a text it is passed over."""
        self._done += 1
        now = time.monotonic()
        line = f"[{self._done}/{self._total}] {text}{self._left(now)}"
        if self._is_terminal and text:
            self._write(f"\r\x1b[K{line}")
        elif text and now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._write(f"{line}\n")

    def within(self, text: str) -> None:
        """How far the current step is, when it takes long."""
        now = time.monotonic()
        if self._is_terminal:
            self._write(f"\r\x1b[K[{self._done}/{self._total}] {text}")
        elif now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._write(f"[{self._done}/{self._total}] {text}\n")

    def note(self, text: str) -> None:
        """A line that stays."""
        self._write(f"\r\x1b[K{text}\n" if self._is_terminal else f"{text}\n")

    def end(self) -> None:
        if self._is_terminal:
            self._write("\r\x1b[K")

    def _left(self, now: float) -> str:
        if self._done < 2:
            return ""
        seconds = (now - self._begin) / (self._done - 1) * (self._total - self._done + 1)
        return f" ({seconds / 60:.0f} min left)" if seconds >= 90 else f" ({seconds:.0f} s left)"

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()
