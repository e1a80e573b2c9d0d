"""Streams without a network."""

from collections.abc import Sequence

from frpg.net.stream import NO_ADDRESS, Buffer, Sink, Stream


class FakeStream(Stream):
    """What is fed to it arrives when it is read; what is written to it is kept in `written`."""

    def __init__(self, received: bytes = b"", *, ended: bool = False) -> None:
        self.remote_addr = self.local_addr = NO_ADDRESS
        self.written = b""
        self.is_closed = False
        self.is_accepted = False
        self.is_congested = False
        self.fault: OSError | None = None  # of the next write
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
        fault, self.fault = self.fault, None
        if fault is not None:
            from gevent import get_hub

            get_hub().loop.run_callback(self.fail, fault)
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
        self._sink = None
