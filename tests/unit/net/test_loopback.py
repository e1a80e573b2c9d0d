from __future__ import annotations

import pytest

from frpg.net import loopback


class Socket:
    """Notes the congestion control it is given; `default` is the system's."""

    def __init__(self, default: bytes) -> None:
        self.name = default.ljust(16, b"\0")

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        return self.name[:size]

    def setsockopt(self, level: int, option: int, name: bytes) -> None:
        self.name = name


@pytest.mark.skipif(not hasattr(loopback._socket, "TCP_CONGESTION"), reason="the system has no TCP_CONGESTION")
@pytest.mark.parametrize(
    ("default", "host", "expected"),
    [
        (b"bbr", "127.0.0.1", b"reno"),
        (b"bbr", "127.9.9.9", b"reno"),
        (b"bbr", "::1", b"reno"),
        (b"bbr", "::ffff:127.0.0.1", b"reno"),
        (b"bbr", "::1234", b"bbr"),
        (b"bbr", "192.0.2.1", b"bbr"),
        (b"cubic", "127.0.0.1", b"cubic"),
    ],
)
def test_only_bbr_on_loopback_is_replaced(
    default: bytes, host: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "_paces", None)
    sock = Socket(default)
    loopback.do_not_pace(sock, host)  # type: ignore[arg-type]
    assert sock.name.rstrip(b"\0") == expected


def test_a_system_that_forbids_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_paces", True)

    class Forbidding(Socket):
        def setsockopt(self, level: int, option: int, name: bytes) -> None:
            raise PermissionError

    sock = Forbidding(b"bbr")
    loopback.do_not_pace(sock, "127.0.0.1")  # type: ignore[arg-type]
    assert sock.name.rstrip(b"\0") == b"bbr"
