"""A place that speaks HTTP with visitors: every connection from its first byte, and whom its requests go to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any, Protocol

from gevent import get_hub

from frpg.net.stream import Stream
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.request import Request
from frpg.proto.stage import Buffer
from frpg.relay.http.exchange import Asker, Exchange
from frpg.relay.http.front import Front
from frpg.relay.http.pages import Pages
from frpg.relay.target import Service

_CHECK_SECONDS = 0.5  # between two looks at all deadlines


class Connection(Protocol):
    """A visitor's, in any version of HTTP."""

    id: int
    stream: Stream
    since: float  # monotonic seconds

    @property
    def service(self) -> Service | None:
        """Who answers at this moment; of several one."""

    def check(self, now: float) -> None:
        """Called now and then, with the monotonic time."""

    def retire(self) -> None:
        """End it after what is under way, at once when nothing is. Does not yield."""

    def close(self) -> None:
        """End it and what it asked for. Idempotent, does not yield."""


class Visit(Asker, Protocol):
    """One request's way in, in any version of HTTP."""

    @property
    def visitor(self) -> Visitor: ...

    @property
    def stream(self) -> Stream: ...

    def ask(self, exchange: Exchange) -> None:
        """Wait for the answer of `exchange`."""

    def reply(self, status: int, *, text: str = "", fields: bytes = b"", is_empty: bool = False) -> None:
        """Answer in place of a service."""


class HttpSite:
    """Owns the connections of its visitors, from `admit` to their end or until they become tunnels.

    Args:
        ids: a number for each connection.
    """

    takes_https = False  # in the URLs of requests: a forward proxy does

    def __init__(self, pages: Pages, ids: Iterator[int] | None = None) -> None:
        self.pages = pages
        self.fronts: set[Connection] = set()
        self.ids = ids if ids is not None else count(1)
        self.is_retired = False  # no connection is kept for another request
        self._timer: Any = None

    # --- given by who has the site

    def visitor(self, stream: Stream) -> Visitor:
        """What services are told of whom `stream` comes from."""
        raise NotImplementedError

    def serve(self, front: Visit, request: Request) -> None:
        """Find out whom `request` is for, and have it answered. Raises BadMessage."""
        raise NotImplementedError

    def refuse(self, stream: Stream, why: str) -> None:
        """Note that a visitor's request is not answered by a service."""
        raise NotImplementedError

    def join(self, front: Front, work: Stream, service: Service) -> None:
        """A front's connection is a tunnel from now on: own both streams. `service` already counts it."""
        raise NotImplementedError

    # --- connections

    def admit(self, stream: Stream) -> None:
        """Own a visitor's connection. Does not yield."""
        front = Front(self, stream)
        self.fronts.add(front)
        if self._timer is None:
            self._timer = get_hub().loop.timer(_CHECK_SECONDS, _CHECK_SECONDS)
            self._timer.start(self._check)
        stream.attach(front)

    def switch_to_http2(self, front: Front, data: Buffer) -> None:
        """`front`'s connection, where `data` was received, has begun to speak HTTP/2 in place of its first request."""
        from frpg.relay.http.http2 import Http2Front  # it costs memory, and many never see it

        self.fronts.discard(front)
        successor = Http2Front(self, front.stream, front.visitor)
        self.fronts.add(successor)
        front.stream.attach(successor)
        successor.on_data([data], len(data))

    def _check(self) -> None:
        now = time.monotonic()
        for front in list(self.fronts):
            if front.stream.is_closed:  # by somebody else, who ends all at once
                front.close()
            else:
                front.check(now)
        if not self.fronts:
            self._stop_checking()

    def _stop_checking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def retire(self) -> None:
        """End all connections, each after what is under way, and those admitted later. Does not yield."""
        self.is_retired = True
        for front in list(self.fronts):
            front.retire()

    def close(self) -> None:
        """End all connections. Idempotent, does not yield."""
        self._stop_checking()
        for front in list(self.fronts):
            front.close()
