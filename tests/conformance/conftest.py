"""Every kind of stream, as a connected pair over real sockets."""

from __future__ import annotations

import _socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from gevent.event import AsyncResult

from frpg.client.tally import Tally
from frpg.client.users import Users
from frpg.net import splice
from frpg.net.dial import dial
from frpg.net.listener import Listener
from frpg.net.mux import MuxSession
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.net.tls import client_context, server_context, tls_client, tls_server
from frpg.net.unix import UnixStream
from frpg.proto.cfb import Cfb
from frpg.proto.snappy import Snappy
from frpg.relay.limit import LimitedStream, Limiter

PairMaker = Callable[[ExitStack], tuple[Stream, Stream]]


def tcp_pair(stack: ExitStack) -> tuple[TcpStream, TcpStream]:
    accepted: AsyncResult = AsyncResult()
    listener = Listener(("127.0.0.1", 0), accepted.set)
    listener.start()
    left = dial("127.0.0.1", listener.port)
    right = accepted.get(timeout=5)
    listener.close()
    stack.callback(left.close)
    stack.callback(right.close)
    return left, right


CONTEXTS: list[ssl.SSLContext] = []


def tls_pair(stack: ExitStack) -> tuple[Stream, Stream]:
    import gevent

    if not CONTEXTS:
        CONTEXTS.extend((server_context(), client_context()))
    left, right = tcp_pair(stack)
    server = gevent.spawn(tls_server, right, CONTEXTS[0])
    client = tls_client(left, CONTEXTS[1], "localhost")
    return client, server.get(timeout=5)


def mux_over(carrier: PairMaker) -> PairMaker:
    def make(stack: ExitStack) -> tuple[Stream, Stream]:
        left, right = carrier(stack)
        incoming: AsyncResult = AsyncResult()
        server = MuxSession(right, is_client=False, on_stream=incoming.set)
        server.trust()
        client = MuxSession(left, is_client=True)
        stack.callback(server.close)
        stack.callback(client.close)
        return client.open(), incoming.get(timeout=5)

    return make


def staged_over(carrier: PairMaker) -> PairMaker:
    def make(stack: ExitStack) -> tuple[Stream, Stream]:
        left, right = carrier(stack)
        return (
            StagedStream(left, [Snappy(), Cfb(b"secret")]),
            StagedStream(right, [Snappy(), Cfb(b"secret")]),
        )

    return make


def limited_over(carrier: PairMaker) -> PairMaker:
    def make(stack: ExitStack) -> tuple[Stream, Stream]:
        left, right = carrier(stack)
        return LimitedStream(left, Limiter(1 << 30)), LimitedStream(right, Limiter(64 << 20))

    return make


def unix_pair(stack: ExitStack) -> tuple[Stream, Stream]:
    left, right = (UnixStream(sock) for sock in _socket.socketpair())
    stack.callback(left.close)
    stack.callback(right.close)
    return left, right


def watched_over(carrier: PairMaker) -> PairMaker:
    """The left one as a plugin serves it."""

    def make(stack: ExitStack) -> tuple[Stream, Stream]:
        left, right = carrier(stack)
        return Users(Tally(), set()).watch(left), right

    return make


KINDS: dict[str, PairMaker] = {
    "tcp": tcp_pair,
    "unix": unix_pair,
    "tls": tls_pair,
    "mux": mux_over(tcp_pair),
    "mux-tls": mux_over(tls_pair),
    "staged-mux": staged_over(mux_over(tcp_pair)),
    "staged-tls": staged_over(tls_pair),
    "watched-mux": watched_over(mux_over(tcp_pair)),
    "limited-tcp": limited_over(tcp_pair),
    "limited-staged-mux-tls": limited_over(staged_over(mux_over(tls_pair))),
}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack
    splice.close_idle()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def pair(kind: str, stack: ExitStack) -> tuple[Stream, Stream]:
    left, right = KINDS[kind](stack)
    stack.callback(left.close)
    stack.callback(right.close)
    return left, right
