"""The first message of a stream, in either wire protocol."""

from __future__ import annotations

from dataclasses import dataclass

from frpg.errors import ProtocolError
from frpg.net.stream import Stream
from frpg.proto.frames import V2_MAGIC, FrameDecoder, FrameType
from frpg.proto.framing import Framing, V1Framing, V2Framing
from frpg.proto.hello import ClientHello
from frpg.proto.messages import Message

_V1 = V1Framing()
_V2 = V2Framing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a client said first."""

    message: Message
    framing: Framing  # with codec json; a session may choose another
    hello: bytes | None = None  # payload of a v2 ClientHello, exactly as received


def opening_bytes(opening: Opening) -> bytes:
    """What official clients and ours send for a first message without hello."""
    magic = V2_MAGIC if opening.framing.version == 2 else b""
    return magic + opening.framing.encode(opening.message)


def receive_opening(stream: Stream) -> Opening:
    """Read up to the end of the first message; what follows it stays in `stream`.

    Never keeps more than one message and what one read brings. The caller sets the deadline.
    Raises OSError, ProtocolError.
    """
    data = stream.recv()
    while V2_MAGIC.startswith(data[: len(V2_MAGIC)]) and len(data) < len(V2_MAGIC):
        data += _more(stream)
    if data.startswith(V2_MAGIC):
        return _receive_v2(stream, data[len(V2_MAGIC) :])
    if not data:
        raise ConnectionError("closed before its first message")
    return _receive_v1(stream, data)


def _more(stream: Stream) -> bytes:
    data = stream.recv()
    if not data:
        raise ConnectionError("closed in the middle of its first message")
    return data


def _receive_v1(stream: Stream, data: bytes) -> Opening:
    decoder = _V1.decoder()
    decoder.receive_data(data)
    while (message := decoder.next_message()) is None:
        decoder.receive_data(_more(stream))
    stream.unread(decoder.unread())
    return Opening(message=message, framing=_V1)


def _receive_v2(stream: Stream, data: bytes) -> Opening:
    frames = FrameDecoder()
    frames.receive_data(data)
    kind, payload = _next_frame(stream, frames)
    hello = None
    if kind == FrameType.CLIENT_HELLO:
        hello = payload
        ClientHello.decode(payload)  # a broken one is refused now, not when the message behind it has come
        kind, payload = _next_frame(stream, frames)
    if kind != FrameType.MESSAGE:
        raise ProtocolError(f"frame type {kind} where the first message belongs")
    stream.unread(frames.unread())
    return Opening(message=_V2.decode_payload(payload), framing=_V2, hello=hello)


def _next_frame(stream: Stream, frames: FrameDecoder) -> tuple[int, bytes]:
    while (frame := frames.next_frame()) is None:
        frames.receive_data(_more(stream))
    return frame
