"""Streams without a network."""

from collections.abc import Sequence

from gevent import get_hub

from frpg.net.stream import NO_ADDRESS, Inbox, Sink, Stream
from frpg.proto.stage import Buffer


class FakeStream(Stream):
    """What is fed to it arrives when it is read; what is written to it is kept in `written`."""

    is_congested = False  # in place of properties, for the tests to set
    unsent = 0

    def __init__(self, received: bytes = b"", *, ended: bool = False) -> None:
        self.remote_addr = self.local_addr = NO_ADDRESS
        self.written = b""
        self.is_closed = False
        self.is_accepted = False
        self.is_congested = False
        self.unsent = 0
        self.fault: OSError | None = None  # what a write runs into; the sink hears of it in the next loop turn
        self._sink: Sink | None = None
        self._timeout: float | None = None
        self._pending = [received] if received else []
        self._ended = ended

    def feed(self, data: bytes) -> None:
        self._pending.append(data)
        if self._sink is not None:
            self.resume()

    def end(self) -> None:
        self._ended = True
        if self._sink is not None:
            self._sink.on_end()

    def fail(self, error: OSError) -> None:
        if self._sink is not None:
            self._sink.on_error(error)

    def drain(self) -> None:
        self.is_congested = False
        if self._sink is not None:
            self._sink.on_drain()

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.fault is not None:
            get_hub().loop.run_callback(self.fail, self.fault)
            return False
        self.written += b"".join(views)
        return not self.is_congested

    def resume(self) -> None:
        while self._pending and self._sink is not None:
            data = self._pending.pop(0)
            self._sink.on_data([data], len(data))
        if self._ended and self._sink is not None:
            self._sink.on_end()

    def pause(self) -> None:
        pass

    def finish(self) -> None:
        pass

    def accept(self) -> None:
        self.is_accepted = True

    def abort(self) -> None:
        self.close()

    def close(self) -> None:
        self.is_closed = True
        sink, self._sink = self._sink, None
        if isinstance(sink, Inbox):
            sink.closed()
