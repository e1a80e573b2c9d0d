"""The first message of a stream, in both protocols, however its bytes are cut."""

import gevent
import pytest

from frpg.errors import ProtocolError
from frpg.proto.frames import V2_MAGIC, FrameType, encode_frame
from frpg.proto.framing import V1Framing, V2Framing
from frpg.proto.hello import ClientHello
from frpg.proto.messages import Login, Message, NewWorkConn
from frpg.server.opening import Opening, receive_opening
from tests.unit.server.fakes import FakeStream

LOGIN = Login(version="0.70.1", run_id="0123456789abcdef")
HELLO = ClientHello.make("tcp", tls=True, tcp_mux=True).encode()
WORK = NewWorkConn(run_id="0123456789abcdef")
V1 = V1Framing().encode(WORK)
V2 = V2_MAGIC + encode_frame(FrameType.CLIENT_HELLO, HELLO) + V2Framing().encode(LOGIN)
V2_WORK = V2_MAGIC + V2Framing().encode(WORK)


def receive(data: bytes, step: int) -> tuple[Opening, FakeStream]:
    """`data` arrives in pieces of `step` bytes, each when the ones before were read."""
    stream = FakeStream()
    job = gevent.spawn(receive_opening, stream)
    for start in range(0, len(data), step):
        gevent.idle()
        stream.feed(data[start : start + step])
    return job.get(timeout=5), stream


@pytest.mark.parametrize("step", [1, 2, 3, 5, 6, 7, 8, 9, 11, 40, 1000])
@pytest.mark.parametrize(
    ("data", "message", "version", "hello"),
    [(V1, WORK, 1, None), (V2_WORK, WORK, 2, None), (V2, LOGIN, 2, HELLO)],
    ids=["v1", "v2 without hello", "v2"],
)
def test_first_message(data: bytes, message: Message, version: int, hello: bytes | None, step: int) -> None:
    opening, _ = receive(data, step)
    assert (opening.message, opening.framing.version, opening.hello) == (message, version, hello)


@pytest.mark.parametrize("data", [V1, V2_WORK, V2], ids=["v1", "v2 without hello", "v2"])
def test_what_follows_stays_in_the_stream(data: bytes) -> None:
    _, stream = receive(data + b"more", 10_000)
    assert stream.recv() == b"more"


@pytest.mark.parametrize("size", range(len(V2)))
def test_end_in_the_middle(size: int) -> None:
    with pytest.raises(ConnectionError):
        receive_opening(FakeStream(V2[:size], ended=True))


@pytest.mark.parametrize(
    "data",
    [
        b"o" + (1 << 63).to_bytes(8, "big"),
        b"o" + (10241).to_bytes(8, "big"),
        b"z" + (2).to_bytes(8, "big") + b"{}",
        V2_MAGIC + encode_frame(FrameType.SERVER_HELLO, b"{}"),
        V2_MAGIC + encode_frame(FrameType.CLIENT_HELLO, HELLO) * 2,
        V2_MAGIC + b"\0\1\0\0\xff\xff\xff\xff",
        V2_MAGIC + encode_frame(FrameType.MESSAGE, b"\0\x63{}"),
    ],
)
def test_garbage_is_refused_without_waiting_for_more(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        receive_opening(FakeStream(data))
