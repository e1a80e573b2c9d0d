"""A stream behind stages: cipher and compression, the same for pull and push."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from frpg.errors import ProtocolError
from frpg.net.layer import LayerStream
from frpg.net.stream import Stream
from frpg.proto.stage import Buffer, Stage

logger = logging.getLogger(__name__)


class StagedStream(LayerStream):
    """The plaintext side of `inner`, which it owns. `stages` go from plaintext to wire: `[Snappy(), Cfb(secret)]`."""

    __slots__ = ("_stages",)

    def __init__(self, inner: Stream, stages: Sequence[Stage]) -> None:
        super().__init__(inner)
        self._stages = tuple(stages)

    # --- towards the wire

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.is_closed:
            return False
        if not self._started:
            self._begin()
        data: Buffer = views[0] if len(views) == 1 else b"".join(views)
        for stage in self._stages:
            data = stage.encode(data)
        return self._inner.write([data])

    def abort(self) -> None:
        self._leave(self._inner.abort)

    def close(self) -> None:
        self._leave(self._inner.close)

    def _leave(self, end_inner: object) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._drop_sink()
            end_inner()  # type: ignore[operator]

    # --- the sink of `inner`

    def on_data(self, views: list[Buffer], size: int) -> None:
        data: Buffer = views[0] if len(views) == 1 else b"".join(views)
        try:
            for stage in reversed(self._stages):
                data = stage.decode(data)
                if not data:
                    return
        except ProtocolError as error:
            logger.warning("a stream of %s:%d cannot be decoded: %s", *self.remote_addr, error)
            sink = self._sink
            self._inner.abort()
            if sink is not None:
                sink.on_error(ConnectionAbortedError(str(error)))
            return
        if self._sink is not None:
            self._sink.on_data([data], len(data))
