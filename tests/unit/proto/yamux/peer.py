"""A session under test and what it put on the wire, without any I/O."""

from __future__ import annotations

from collections.abc import Sequence

from frpg.proto.yamux import frames
from frpg.proto.yamux.session import Session
from frpg.proto.yamux.stream import YamuxStream


class Sink:
    """Keeps what a stream delivers, in order."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.events: list[str] = []
        self.error: OSError | None = None

    def on_data(self, views: list, size: int) -> None:
        joined = b"".join(views)
        assert len(joined) == size
        self.data += joined

    def on_drain(self) -> None:
        self.events.append("drain")

    def on_end(self) -> None:
        self.events.append("end")

    def on_error(self, error: OSError) -> None:
        self.events.append("error")
        self.error = error


class Wired:
    """One session; `wire` is what it sent, `opened` the streams its peer opened."""

    def __init__(self, *, is_client: bool) -> None:
        self.wire = bytearray()
        self.is_full = False
        self.opened: list[YamuxStream] = []
        self.session = Session(
            is_client=is_client, send=self._send, wants_flush=lambda: None, on_stream=self._on_stream
        )

    def _send(self, views: Sequence) -> bool:
        self.wire += b"".join(views)
        return not self.is_full

    def _on_stream(self, stream: YamuxStream) -> None:
        stream._sink = Sink()
        self.opened.append(stream)

    def open(self) -> YamuxStream:
        stream = self.session.open()
        stream._sink = Sink()
        return stream

    def take(self) -> bytes:
        """What was sent since the last call."""
        self.session.flush()
        data = bytes(self.wire)
        self.wire.clear()
        return data

    def receive(self, data: bytes, step: int = 0) -> None:
        step = step or max(1, len(data))
        self.session.receive_data([data[i : i + step] for i in range(0, len(data), step)])


def data_frame(stream_id: int, payload: bytes, flags: int = 0) -> bytes:
    return frames.HEADER.pack(0, frames.DATA, flags, stream_id, len(payload)) + payload


def exchange(a: Wired, b: Wired) -> None:
    """Carry bytes both ways until both are silent."""
    while True:
        there, back = a.take(), b.take()
        if not there and not back:
            return
        b.receive(there)
        a.receive(back)
