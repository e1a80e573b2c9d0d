"""UDP payload over a work connection: UDPPacket and Ping messages, in push words."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gevent import get_hub

from frpg.errors import ProtocolError
from frpg.net.stream import Stream
from frpg.proto.framing import Framing
from frpg.proto.packets import PacketCodec
from frpg.proto.stage import Buffer


class PacketStream:
    """Owns `stream`. Its callbacks come from the hub and must not yield; none comes before `start`.

    Args:
        on_packet: content, and ip and port of the remote user.
        on_ping: the peer is alive.
        on_end: the stream ended or failed; called once, not after `close`.
    """

    def __init__(
        self,
        stream: Stream,
        framing: Framing,
        *,
        on_packet: Callable[[bytes, str, int], None],
        on_ping: Callable[[], None] | None = None,
        on_end: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._codec = PacketCodec(framing)
        self._decoder = self._codec.decoder()
        self._on_packet = on_packet
        self._on_ping = on_ping
        self._on_end: Callable[[], None] | None = on_end
        self._out: list[bytes] = []  # frames of this loop turn
        self._is_congested = False
        self._loop: Any = get_hub().loop
        self.last_seen = time.monotonic()  # seconds; when bytes last came
        self.dropped = 0  # packets that found the stream congested

    def start(self) -> None:
        """Receive. What is here already is delivered before this returns, so the owner has to be ready for it."""
        self._stream.attach(self)

    def send(self, content: bytes, ip: str, port: int) -> None:
        """Never blocks; while the stream is congested packets are dropped, as UDP may."""
        if self._is_congested:
            self.dropped += 1
            return
        self._put(self._codec.encode(content, ip, port))

    def ping(self) -> None:
        self._put(self._codec.ping())

    def _put(self, frame: bytes) -> None:
        if not frame:  # too large for the framing: dropped, as UDP may
            self.dropped += 1
            return
        out = self._out
        if not out:
            self._loop.run_callback(self._flush)
        out.append(frame)

    def _flush(self) -> None:
        out, self._out = self._out, []
        if not self._stream.write([b"".join(out)]):
            self._is_congested = True

    def close(self) -> None:
        self._on_end = None
        self._stream.close()

    # --- the sink of the stream

    def on_data(self, views: list[Buffer], size: int) -> None:
        self.last_seen = time.monotonic()
        data = views[0] if len(views) == 1 else b"".join(views)
        try:
            packets = self._decoder.receive_data(data if type(data) is bytes else bytes(data))
        except ProtocolError:
            self._stream.abort()
            self._end()
            return
        for packet in packets:
            if isinstance(packet, tuple):
                self._on_packet(*packet)
            elif self._on_ping is not None:
                self._on_ping()

    def on_drain(self) -> None:
        self._is_congested = False

    def on_end(self) -> None:
        self._end()

    def on_error(self, error: OSError) -> None:
        self._end()

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            self._stream.close()
            on_end()
