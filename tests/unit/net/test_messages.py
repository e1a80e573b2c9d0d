from __future__ import annotations

from contextlib import ExitStack

import pytest

from frpg.errors import ProtocolError
from frpg.net.messages import MessageStream
from frpg.proto.framing import V1Framing, V2Framing
from frpg.proto.messages import NewProxyResp, Ping, StartWorkConn
from tests.conformance.conftest import tcp_pair


@pytest.fixture
def stack() -> ExitStack:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("framing", [V1Framing(), V2Framing(), V2Framing("msgpack")], ids=["v1", "v2", "msgpack"])
def test_messages_then_the_stream_back_with_what_follows(framing: V1Framing | V2Framing, stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    start = StartWorkConn(proxy_name="ssh", src_addr="192.0.2.1", src_port=4000)
    left.sendall(framing.encode(Ping()) + framing.encode(start) + b"user bytes")
    messages = MessageStream(right, framing)
    assert messages.receive(5) == Ping()
    assert messages.receive(5) == start
    assert messages.detach().recv_exact(10) == b"user bytes"


def test_the_end_a_timeout_and_garbage_are_different_errors(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    messages = MessageStream(right, V1Framing())
    with pytest.raises(TimeoutError):
        messages.receive(0.01)
    left.sendall(b"p")
    left.close()
    with pytest.raises(ConnectionError):
        messages.receive(5)
    left, right = tcp_pair(stack)
    left.sendall(b"\xff" * 9)
    with pytest.raises(ProtocolError):
        MessageStream(right, V1Framing()).receive(5)


def test_a_peer_that_never_reads_is_reset(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    messages = MessageStream(right, V1Framing())
    message = NewProxyResp(proxy_name="x" * 5000)
    for _ in range(20_000):
        messages.post(message)
        if right.is_closed:
            break
    assert right.is_closed
    left.close()
