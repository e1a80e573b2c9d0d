"""Datagrams as UDPPacket frames, the fast way: same bytes as the framings, without a message object for each.

A UDP work connection carries little else, and nearly all packets of one user differ in their content only. So the
address part of a body is made, and understood, once, and everything unusual goes the way of all messages.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from frpg.errors import ProtocolError
from frpg.proto import b64
from frpg.proto.codec import (
    decode_json,
    decode_msgpack,
    encode_json,
    encode_msgpack,
    join_zone,
    udp_packet,
)
from frpg.proto.frames import HEADER, MAX_PAYLOAD, FrameType, check_header
from frpg.proto.framing import V1_HEADER, V1_LIMIT, Framing, V2Framing, check_v1_length, v1_class
from frpg.proto.messages import MESSAGE_IDS, TYPE_BYTES, Message, Ping, UdpPacket
from frpg.proto.stage import Buffer

Packet = tuple[bytes, str, int]  # content, IP address of the user (with %zone where it has one), port

_TYPE_BYTE = TYPE_BYTES[UdpPacket]
_MESSAGE_ID = MESSAGE_IDS[UdpPacket]
_V2_HEADER = struct.Struct("!HHIH")  # a frame's header and the message id behind it
_ID_SIZE = 2

_JSON_HEAD = b'{"c":"'
_MSGPACK_HEAD = b"\x93\xc5"  # array of three, of which the first is bin 16: its length, u16, comes next
_BIN16 = struct.Struct("!2sH")
_ADDRESSES = 4096  # remembered in the whole process, least recently used go first
_MAX_TAIL = 200  # bytes; a longer address part is odd, and not remembered


class PacketCodec:
    """Encodes for, and makes decoders of, one UDP work connection."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._ping = framing.encode(Ping())
        self._make_body = _msgpack_body if framing.codec == "msgpack" else _json_body

    def encode(self, content: Buffer, ip: str, port: int) -> bytes:
        """The whole frame; b"" for a datagram that is larger than the peer reads: it is lost, as datagrams may be."""
        pieces = self._make_body(content, ip, port)
        length = sum(map(len, pieces))
        if self._framing.version == 1:
            if length > V1_LIMIT:
                return b""
            return b"".join((V1_HEADER.pack(_TYPE_BYTE, length), *pieces))
        length += _ID_SIZE
        if length > MAX_PAYLOAD:
            return b""
        return b"".join((_V2_HEADER.pack(FrameType.MESSAGE, 0, length, _MESSAGE_ID), *pieces))

    def ping(self) -> bytes:
        """The frame that keeps the connection alive, client to server."""
        return self._ping

    def decoder(self) -> PacketDecoder:
        """A new decoder, for one direction of the connection."""
        if isinstance(self._framing, V2Framing):
            return _V2Decoder(self._framing)
        return _V1Decoder()


class PacketDecoder:
    """Received bytes, cut anywhere, to packets and pings. After a ProtocolError it is of no more use."""

    def __init__(self) -> None:
        self._carry = bytearray()  # an incomplete frame
        self._needed = 0  # bytes until more is known of it

    def receive_data(self, data: Buffer) -> list[Packet | Ping]:
        """Take the next bytes; return what they complete. Other messages, and packets without address, are ignored.

        Raises:
            ProtocolError: anything that is no message.
        """
        whole = self._joined(data)
        found: list[Packet | Ping] = []
        position, end = 0, len(whole)
        while position < end:
            start, stop = self._bounds(whole, position)
            if stop > end:
                self._carry += memoryview(whole)[position:]
                self._needed = stop - position
                break
            item = self._item(whole, position, start, stop)
            if item is not None:
                found.append(item)
            position = stop
        return found

    def _joined(self, data: Buffer) -> bytes:
        if not self._carry:
            return bytes(data)
        self._carry += data
        if len(self._carry) < self._needed:
            return b""
        whole = bytes(self._carry)
        self._carry.clear()
        return whole

    def _bounds(self, data: bytes, position: int) -> tuple[int, int]:
        """Where the body of the frame at `position` starts and ends; both the header's end while that is incomplete."""
        raise NotImplementedError

    def _item(self, data: bytes, position: int, start: int, stop: int) -> Packet | Ping | None:
        """What a whole frame holds; None for what is to be ignored."""
        raise NotImplementedError


class _V1Decoder(PacketDecoder):
    def _bounds(self, data: bytes, position: int) -> tuple[int, int]:
        if data[position] != _TYPE_BYTE:
            v1_class(data[position])
        start = position + V1_HEADER.size
        if start > len(data):
            return start, start
        _, length = V1_HEADER.unpack_from(data, position)
        check_v1_length(length)
        return start, start + length

    def _item(self, data: bytes, position: int, start: int, stop: int) -> Packet | Ping | None:
        if data[position] != _TYPE_BYTE:
            return _from_message(decode_json(v1_class(data[position]), data[start:stop]))
        return _json_packet(data, start, stop)


class _V2Decoder(PacketDecoder):
    def __init__(self, framing: V2Framing) -> None:
        super().__init__()
        self._framing = framing
        self._packet = _msgpack_packet if framing.codec == "msgpack" else _json_packet

    def _bounds(self, data: bytes, position: int) -> tuple[int, int]:
        start = position + HEADER.size
        if start > len(data):
            return start, start
        frame_type, flags, length = HEADER.unpack_from(data, position)
        check_header(flags, length)
        if frame_type != FrameType.MESSAGE:
            raise ProtocolError(f"frame type {frame_type} where a message belongs")
        return start, start + length

    def _item(self, data: bytes, position: int, start: int, stop: int) -> Packet | Ping | None:
        body = start + _ID_SIZE
        if body > stop or data[start] != 0 or data[start + 1] != _MESSAGE_ID:
            return _from_message(self._framing.decode_payload(data[start:stop]))
        return self._packet(data, body, stop)


def _from_message(message: Message) -> Packet | Ping | None:
    if isinstance(message, Ping):
        return message
    if isinstance(message, UdpPacket):
        address = _address(message)
        return address and (message.content, *address)
    return None


def _address(message: UdpPacket) -> tuple[str, int] | None:
    remote = message.remote_addr
    return (join_zone(remote.ip, remote.zone), remote.port) if remote and remote.ip else None


def _json_body(content: Buffer, ip: str, port: int) -> tuple[bytes, ...]:
    if not content:
        return (encode_json(udp_packet(b"", ip, port)),)  # an empty "c" is left out
    return _JSON_HEAD, b64.encode(content), _json_tail(ip, port)


def _msgpack_body(content: Buffer, ip: str, port: int) -> tuple[bytes | memoryview | bytearray, ...]:
    if len(content) > 0xFFFF:
        return (content,)  # above every limit: encode() drops it
    return _BIN16.pack(_MSGPACK_HEAD, len(content)), content, _msgpack_tail(ip, port)


@lru_cache(maxsize=_ADDRESSES)
def _json_tail(ip: str, port: int) -> bytes:
    return b'",' + encode_json(udp_packet(b"", ip, port))[1:]


@lru_cache(maxsize=_ADDRESSES)
def _msgpack_tail(ip: str, port: int) -> bytes:
    return encode_msgpack(udp_packet(b"", ip, port))[3:]  # behind the array's head and an empty bin 8


def _json_packet(data: bytes, start: int, stop: int) -> Packet | None:
    content_start = start + len(_JSON_HEAD)
    content_end = data.find(b'"', content_start, stop)
    if content_end > 0 and stop - content_end <= _MAX_TAIL and data.startswith(_JSON_HEAD, start):
        address = _json_address(data[content_end:stop])
        try:
            return address and (b64.decode(data[content_start:content_end]), *address)
        except ValueError:
            pass  # perhaps escapes: the whole decoder knows
    return _slow_packet(decode_json, data[start:stop])


def _msgpack_packet(data: bytes, start: int, stop: int) -> Packet | None:
    content_start = start + _BIN16.size
    if content_start <= stop and data.startswith(_MSGPACK_HEAD, start):
        content_end = content_start + (data[content_start - 2] << 8 | data[content_start - 1])
        if content_end < stop <= content_end + _MAX_TAIL:
            address = _msgpack_address(data[content_end:stop])
            return address and (data[content_start:content_end], *address)
    if data.startswith(b"{", start):
        return _json_packet(data, start, stop)
    return _slow_packet(decode_msgpack, data[start:stop])


@lru_cache(maxsize=_ADDRESSES)
def _json_address(tail: bytes) -> tuple[str, int] | None:
    return _address(decode_json(UdpPacket, _JSON_HEAD + tail))


@lru_cache(maxsize=_ADDRESSES)
def _msgpack_address(tail: bytes) -> tuple[str, int] | None:
    return _address(decode_msgpack(UdpPacket, b"\x93\xc4\x00" + tail))


def _slow_packet(decode: Callable[[Any, bytes], Any], body: bytes) -> Packet | None:
    packet = _from_message(decode(UdpPacket, body))
    return packet if isinstance(packet, tuple) else None
