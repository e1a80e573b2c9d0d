"""What streams over another stream have in common: cipher and compression, TLS, the bandwidth limit."""

from __future__ import annotations

from frpg.net.stream import Address, Inbox, Sink, Stream
from frpg.proto.stage import Buffer


class LayerStream(Stream):
    """Owns `inner`, and is its sink from the first use on."""

    __slots__ = ("_inner", "_sink", "_started", "_timeout", "is_closed")

    def __init__(self, inner: Stream) -> None:
        self._inner = inner
        self._sink: Sink | None = None
        self._timeout: float | None = None
        self._started = False  # attached to the stream below
        self.is_closed = False

    @property
    def remote_addr(self) -> Address:  # type: ignore[override]
        return self._inner.remote_addr

    @property
    def local_addr(self) -> Address:  # type: ignore[override]
        return self._inner.local_addr

    @property
    def is_congested(self) -> bool:
        return self.is_closed or self._inner.is_congested

    @property
    def unsent(self) -> int:
        return self._inner.unsent

    def has_lost_peer(self) -> bool:
        return self._inner.has_lost_peer()

    def accept(self) -> None:
        self._inner.accept()

    def pause(self) -> None:
        self._inner.pause()

    def resume(self) -> None:
        if self._started:
            self._inner.resume()
        elif not self.is_closed:
            self._started = True
            self._inner.attach(self)

    def finish(self) -> None:
        self._inner.finish()

    def _begin(self) -> None:
        """Become the sink of the stream below, to hear when it drains, before anybody reads."""
        if self._sink is None:
            self._inbox()
        self.resume()

    def _drop_sink(self) -> None:
        sink, self._sink = self._sink, None
        if type(sink) is Inbox:
            sink.closed()

    # --- the sink of `inner`

    def on_data(self, views: list[Buffer], size: int) -> None:
        """See Sink. Given by the layer."""
        raise NotImplementedError

    def on_drain(self) -> None:
        if self._sink is not None:
            self._sink.on_drain()

    def on_end(self) -> None:
        if self._sink is not None:
            self._sink.on_end()

    def on_error(self, error: OSError) -> None:
        if self._sink is not None:
            self._sink.on_error(error)
