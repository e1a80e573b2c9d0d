"""Messages in a byte stream: the framings of wire protocol v1 and v2, behind one interface.

v1: type byte, length i64 big endian, JSON. v2: a frame (frames.py) with message id u16, then JSON or msgpack.
"""

from __future__ import annotations

import struct
from typing import Literal, Protocol

from frpg.errors import ProtocolError
from frpg.proto.codec import decode_json, decode_msgpack, encode_json, encode_msgpack
from frpg.proto.frames import V2_MAGIC, FrameDecoder, FrameType, encode_frame
from frpg.proto.messages import (
    BY_MESSAGE_ID,
    BY_TYPE_BYTE,
    MESSAGE_IDS,
    TYPE_BYTES,
    Login,
    LoginResp,
    Message,
    NewVisitorConn,
    NewWorkConn,
)

__all__ = ["V1_LIMIT", "V2_MAGIC", "Codec", "Decoder", "Framing", "V1Framing", "V2Framing"]

Codec = Literal["json", "msgpack"]

V1_HEADER = struct.Struct("!Bq")  # type byte, length of the JSON
V1_LIMIT = 10240  # bytes of JSON that a reader takes
_MESSAGE_ID = struct.Struct("!H")

# Sent before the peers of that stream know which codec the session has chosen.
_ALWAYS_JSON = (Login, LoginResp, NewWorkConn, NewVisitorConn)


class Decoder(Protocol):
    """Received bytes, cut anywhere, to messages. After a ProtocolError the stream is of no more use."""

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes."""

    def next_message(self) -> Message | None:
        """The next complete message, or None. Raises ProtocolError."""

    def unread(self) -> bytes:
        """The bytes after the last message taken; the decoder forgets them."""


class Framing(Protocol):
    """How the messages of one stream are written. It keeps no state and may be shared."""

    @property
    def version(self) -> int:
        """1 or 2."""

    @property
    def codec(self) -> Codec:
        """What the message bodies are."""

    def encode(self, message: Message) -> bytes:
        """The whole frame. Raises ProtocolError when it would be larger than the peer reads."""

    def decoder(self) -> Decoder:
        """A new decoder, for one stream."""


class V1Framing:
    """The only framing before frp 0.69, and its default since."""

    version = 1
    codec: Codec = "json"

    def encode(self, message: Message) -> bytes:
        """See Framing."""
        body = encode_json(message)
        if len(body) > V1_LIMIT:
            raise ProtocolError(f"{type(message).__name__}: message length exceed the limit")
        return V1_HEADER.pack(TYPE_BYTES[type(message)], len(body)) + body

    def decoder(self) -> Decoder:
        """See Framing."""
        return V1Decoder()


class V1Decoder:
    """Bytes to v1 messages. An unknown type fails before its length is read, a wrong length before the JSON."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0  # what lies before is consumed; cut off once per receive_data

    def receive_data(self, data: bytes) -> None:
        """See Decoder."""
        del self._buffer[: self._position]
        self._position = 0
        self._buffer += data

    def next_message(self) -> Message | None:
        """See Decoder."""
        buffer, position = self._buffer, self._position
        if len(buffer) == position:
            return None
        cls = v1_class(buffer[position])
        start = position + V1_HEADER.size
        if len(buffer) < start:
            return None
        _, length = V1_HEADER.unpack_from(buffer, position)
        check_v1_length(length)
        if len(buffer) < start + length:
            return None
        self._position = start + length
        return decode_json(cls, bytes(buffer[start : start + length]))

    def unread(self) -> bytes:
        """See Decoder."""
        rest = bytes(self._buffer[self._position :])
        self._buffer.clear()
        self._position = 0
        return rest


def v1_class(type_byte: int) -> type[Message]:
    """The message of a v1 type byte. Raises ProtocolError."""
    cls = BY_TYPE_BYTE.get(type_byte)
    if cls is None:
        raise ProtocolError(f"message type error: {type_byte:#04x}")
    return cls


def check_v1_length(length: int) -> None:
    """Raises ProtocolError for a length that no v1 message has."""
    if length > V1_LIMIT:
        raise ProtocolError(f"message length exceed the limit: {length}")
    if length < 0:
        raise ProtocolError(f"message length error: {length}")


class V2Framing:
    """frp's newer framing; with `codec` msgpack a private language of two frpg ends."""

    version = 2

    def __init__(self, codec: Codec = "json") -> None:
        self.codec: Codec = codec

    def encode(self, message: Message) -> bytes:
        """See Framing. The first message of a stream, and LoginResp, are JSON whatever the codec."""
        cls = type(message)
        is_json = self.codec == "json" or cls in _ALWAYS_JSON
        body = encode_json(message) if is_json else encode_msgpack(message)
        return encode_frame(FrameType.MESSAGE, _MESSAGE_ID.pack(MESSAGE_IDS[cls]) + body)

    def decoder(self) -> Decoder:
        """See Framing."""
        return V2Decoder(self)

    def decode_payload(self, payload: bytes) -> Message:
        """The message in a frame of type MESSAGE. Raises ProtocolError.

        Where msgpack is the codec, JSON is still understood: a peer that has to refuse a stream before it knows the
        stream's session answers in JSON. The first byte tells them apart, no msgpack body begins with "{".
        """
        if len(payload) < _MESSAGE_ID.size:
            raise ProtocolError("message frame without message id")
        (number,) = _MESSAGE_ID.unpack_from(payload)
        cls = BY_MESSAGE_ID.get(number)
        if cls is None:
            raise ProtocolError(f"unknown message id {number}")
        body = payload[_MESSAGE_ID.size :]
        if self.codec == "json" or body[:1] == b"{":
            return decode_json(cls, body)
        return decode_msgpack(cls, body)


class V2Decoder:
    """Bytes to v2 messages; any other frame is an error."""

    def __init__(self, framing: V2Framing) -> None:
        self._frames = FrameDecoder()
        self._framing = framing

    def receive_data(self, data: bytes) -> None:
        """See Decoder."""
        self._frames.receive_data(data)

    def next_message(self) -> Message | None:
        """See Decoder."""
        frame = self._frames.next_frame()
        if frame is None:
            return None
        frame_type, payload = frame
        if frame_type != FrameType.MESSAGE:
            raise ProtocolError(f"frame type {frame_type} where a message belongs")
        return self._framing.decode_payload(payload)

    def unread(self) -> bytes:
        """See Decoder."""
        return self._frames.unread()
