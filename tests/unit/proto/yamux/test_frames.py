"""The frames of the wire spec, section 13.5."""

from __future__ import annotations

import pytest

from frpg.proto.yamux import frames
from frpg.proto.yamux.frames import ACK, FIN, RST, SYN, WINDOW_DELTA


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (frames.window_update(1, WINDOW_DELTA, SYN), "0001000100000001005c0000"),
        (frames.window_update(1, WINDOW_DELTA, ACK), "0001000200000001005c0000"),
        (frames.HEADER.pack(0, frames.DATA, 0, 1, 3) + b"abc", "000000000000000100000003616263"),
        (frames.window_update(1, 3 << 20), "000100000000000100300000"),
        (frames.window_update(1, 0, FIN), "000100040000000100000000"),
        (frames.window_update(1, 0, RST), "000100080000000100000000"),
        (frames.window_update(3, WINDOW_DELTA, SYN), "0001000100000003005c0000"),
        (frames.ping(0, SYN), "000200010000000000000000"),
        (frames.ping(0, ACK), "000200020000000000000000"),
        (frames.ping(1, SYN), "000200010000000000000001"),
        (frames.go_away(0), "000300000000000000000000"),
        (frames.go_away(1), "000300000000000000000001"),
        (frames.go_away(2), "000300000000000000000002"),
    ],
)
def test_golden_frames(frame: bytes, expected: str) -> None:
    assert frame.hex() == expected
