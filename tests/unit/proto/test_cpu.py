"""Which cipher comes first."""

import platform
from pathlib import Path

import pytest

from frpg.proto.cpu import has_fast_aes


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu sse4_1 ssse3 aes pclmulqdq\n", True),
        ("processor\t: 0\nflags\t\t: fpu sse4_1 ssse3 aes\n", False),
        ("flags\t: fpu\nflags\t: sse4_1 ssse3 aes pclmulqdq\n", False),
        ("Features\t: fp asimd aes pmull sha1\n", True),
        ("Features\t: fp asimd\n", False),
    ],
)
def test_what_linux_tells_of_the_cpu(tmp_path: Path, cpuinfo: str, expected: bool) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(cpuinfo)
    assert has_fast_aes(str(file)) is expected


@pytest.mark.parametrize(("machine", "expected"), [("AMD64", True), ("arm64", True), ("riscv64", False), ("", False)])
def test_elsewhere_the_kind_of_machine_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, expected: bool
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert has_fast_aes(str(tmp_path / "none")) is expected
