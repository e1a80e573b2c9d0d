"""The fast lane: two streams joined by their push words, no greenlet and no buffer while idle."""

from __future__ import annotations

from collections.abc import Callable

from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.stage import Buffer
from frpg.relay.counter import Counter
from frpg.relay.idle import IdleWatch


class Lane:
    """Owns both streams. Lives by the references that the streams hold to their sinks."""

    __slots__ = ("_done", "_idle", "_watch", "_ways")

    def __init__(
        self,
        a: Stream,
        b: Stream,
        counters: tuple[Counter, Counter],
        done: Callable[[], None] | None,
        ends_all: tuple[bool, bool],
        idle: float,
    ) -> None:
        self._done = done
        self._idle = idle  # seconds
        self._watch: IdleWatch | None = None
        self._ways: tuple[_Way, ...] = (
            _Way(self, a, b, counters[0], ends_all=ends_all[0]),
            _Way(self, b, a, counters[1], ends_all=ends_all[1]),
        )
        way_back = self._ways[1]
        a.attach(self._ways[0])
        if self._ways:  # `a` may have failed at once
            b.attach(way_back)

    @property
    def moved(self) -> tuple[int, int]:
        """See Relay."""
        ways = self._ways
        return (ways[0].size, ways[1].size) if ways else (0, 0)

    def way_ended(self) -> None:
        if all(way.has_ended for way in self._ways):
            self.end()
        elif self._watch is None:
            self._watch = IdleWatch(self._idle, self._bytes_moved, self.end)

    def _bytes_moved(self) -> int:
        return sum(way.size for way in self._ways)

    def end(self, *, reset: bool = False) -> None:
        """Close both streams; `reset` tells both peers that something is missing."""
        ways, self._ways = self._ways, ()
        if not ways:
            return
        if self._watch is not None:
            self._watch.close()
        for way in ways:
            if reset:
                way.source.abort()
            else:
                way.source.close()
        if self._done is not None:
            self._done()


class _Way:
    """One direction: the sink of `source`, writing to `target`."""

    __slots__ = ("counter", "ends_all", "has_ended", "lane", "size", "source", "splice_target", "target")

    def __init__(self, lane: Lane, source: Stream, target: Stream, counter: Counter, *, ends_all: bool) -> None:
        self.lane = lane
        self.source = source
        self.target = target
        self.counter = counter  # of the whole proxy
        self.size = 0  # bytes of this way
        self.ends_all = ends_all
        self.has_ended = False
        # What the kernel may splice to; see net/splice.py.
        self.splice_target = target if isinstance(target, TcpStream) else None

    def on_data(self, views: list[Buffer], size: int) -> None:
        self.counter.value += size
        self.size += size
        if not self.target.write(views):
            self.source.pause()

    def on_moved(self, size: int) -> None:
        """Bytes went past us, spliced."""
        self.counter.value += size
        self.size += size

    def on_drain(self) -> None:
        # Our source takes bytes again: the other way writes to it.
        self.target.resume()

    def on_end(self) -> None:
        self.has_ended = True
        if self.ends_all:
            self.lane.end()
        else:
            self.target.finish()
            self.lane.way_ended()

    def on_error(self, error: OSError) -> None:
        self.lane.end(reset=True)
