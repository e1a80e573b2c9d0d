"""The users of a proxy that are served now: each is counted, and known to the client until its connection ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from frpg.client.tally import Tally
from frpg.net.layer import LayerStream
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.proto.messages import StartWorkConn
from frpg.proto.proxy_protocol import header
from frpg.proto.stage import Buffer
from frpg.relay.relay import relay

# Users' streams, each with that of its local service, or twice where there is none. Outlives the session: without
# multiplexing they do not end with it.
Joined = set[tuple[Stream, Stream]]


class Users:
    """Those of one proxy.

    Args:
        half_close: the server can end one direction of a work connection.
    """

    def __init__(self, tally: Tally, joined: Joined, *, half_close: bool = True) -> None:
        self.tally = tally
        self._joined = joined
        self._half_close = half_close

    def join(self, user: Stream, local: Stream, done: Callable[[], None] | None = None) -> None:
        """Own both streams: relay them until they end. Does not yield. `done` is called once, at the end."""
        tally, leave = self.tally, self._enter(user, local, done)
        ends_all = not self._half_close, False
        relay(user, local, counters=(tally.received, tally.sent), done=leave, ends_all=ends_all)

    def watch(self, user: Stream, address: Address = NO_ADDRESS) -> Stream:
        """The stream to serve a user through that is not joined with another: it owns `user`.

        Its bytes are counted, and the user is one of ours until it is closed. `address` is told as the remote one.
        """
        watched = WatchedStream(user, self.tally, address)
        watched.on_close = self._enter(watched, watched)
        return watched

    def tunnel(self, watched: Stream, local: Stream, done: Callable[[], None] | None = None) -> None:
        """As `join`, for a user that is watched already, maybe under TLS. `done` is called once, at the end."""
        if isinstance(watched, WatchedStream):  # nothing has to stand between the bytes and the relay any more
            self.join(watched.release(), local, done)
        else:
            relay(watched, local, done=done, ends_all=(not self._half_close, False))

    def _enter(self, user: Stream, local: Stream, done: Callable[[], None] | None = None) -> Callable[[], None]:
        """Count a user; what is returned is called once, at its end, and calls `done`."""
        pair = (user, local)
        self._joined.add(pair)
        self.tally.connections += 1
        return partial(self._leave, pair, done)

    def _leave(self, pair: tuple[Stream, Stream], done: Callable[[], None] | None) -> None:
        self._joined.discard(pair)
        self.tally.connections -= 1
        if done is not None:
            done()


class WatchedStream(LayerStream):
    """Owns `inner`; passes everything on, and counts it."""

    __slots__ = ("_address", "_tally", "on_close")

    def __init__(self, inner: Stream, tally: Tally, address: Address) -> None:
        super().__init__(inner)
        self._tally = tally
        self._address = address
        self.on_close: Callable[[], None] | None = None  # called once

    @property
    def remote_addr(self) -> Address:  # type: ignore[override]
        return self._address if self._address[0] else self._inner.remote_addr

    # --- towards the user

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.is_closed:
            return False
        if not self._started:
            self._begin()
        self._tally.sent.value += sum(map(len, views))
        return self._inner.write(views)

    def abort(self) -> None:
        self._end(self._inner.abort)

    def close(self) -> None:
        self._end(self._inner.close)

    def release(self) -> Stream:
        """Give `inner` away: it is not watched any more, and waits for a new sink."""
        self._end(_nothing)
        return self._inner

    def _end(self, end_inner: Callable[[], None]) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._drop_sink()
        end_inner()
        if self.on_close is not None:
            self.on_close()

    # --- the sink of `inner`

    def on_data(self, views: list[Buffer], size: int) -> None:
        self._tally.received.value += size
        if self._sink is not None:
            self._sink.on_data(views, size)


def _nothing() -> None:
    pass


def user_address(start: StartWorkConn) -> Address:
    """The user's; NO_ADDRESS when the server has not told it."""
    return (start.src_addr, start.src_port) if start.src_addr and start.src_port else NO_ADDRESS


def introduce(local: Stream, start: StartWorkConn, version: str) -> None:
    """Tell a local service who the user is, by a PROXY header of `version`, if the server told us; "" sends none."""
    if version and user_address(start) != NO_ADDRESS:
        source, destination = (start.src_addr, start.src_port), (start.dst_addr, start.dst_port)
        local.write([header(version, source, destination)])
