"""Messages to bytes and back, as JSON (frp's form) and as msgpack (ours, between two frpg ends).

Both hold the same map of wire names. Only UdpPacket has a shorter form in msgpack: the array [content, ip, port],
where an IPv6 zone stays in the ip text.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgpack  # type: ignore[import-untyped, unused-ignore]

from frpg.errors import ProtocolError
from frpg.proto.fields import from_map, replace_surrogates, to_map
from frpg.proto.messages import UdpAddress, UdpPacket

T = TypeVar("T")

MAX_BODY = 65536  # bytes; v2's frame limit, and more than v1 ever takes
_MAX_ITEMS = 4096  # msgpack allocates a list before it has read the items: keeps hostile nesting at 32 MiB


def encode_json(message: Any) -> bytes:
    """A message dataclass as Go's encoding/json writes it."""
    return encode_object(to_map(message))


def encode_object(values: dict[str, Any]) -> bytes:
    """The same for what is no message."""
    text = _json_encode(values)
    # Go writes these so that JSON can stand in HTML; they occur inside strings only, so the whole text may be replaced.
    for plain, escaped in _HTML:
        if plain in text:
            text = text.replace(plain, escaped)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return replace_surrogates(text).encode()


def decode_json(cls: type[T], data: bytes) -> T:
    """Raises ProtocolError for whatever is not one JSON object with fields of the right types."""
    if len(data) > MAX_BODY:
        raise ProtocolError("message length exceed the limit")
    try:
        values = _json_decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{cls.__name__}: {error}") from None
    if type(values) is not dict:
        raise ProtocolError(f"{cls.__name__}: no JSON object")
    return from_map(cls, values)


def encode_msgpack(message: Any) -> bytes:
    """A message dataclass as msgpack."""
    if type(message) is UdpPacket and message.remote_addr and not message.local_addr:
        address = message.remote_addr
        return _pack([message.content, join_zone(address.ip, address.zone), address.port])
    return _pack(to_map(message, binary=True))


def decode_msgpack(cls: type[T], data: bytes) -> T:
    """Raises ProtocolError for whatever is not one such map (or array) with fields of the right types."""
    if len(data) > MAX_BODY:
        raise ProtocolError("message length exceed the limit")
    try:
        values = _unpack(data)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{cls.__name__}: {error}") from None
    if type(values) is list and cls is UdpPacket:
        return from_map(cls, _packet_map(values), binary=True)
    if type(values) is not dict:
        raise ProtocolError(f"{cls.__name__}: no msgpack map")
    return from_map(cls, values, binary=True)


def join_zone(ip: str, zone: str) -> str:
    """An address as the socket calls take it: fe80::1%eth0."""
    return f"{ip}%{zone}" if zone else ip


def split_zone(ip: str) -> tuple[str, str]:
    """(ip, zone) of an address that may have a zone."""
    ip, _, zone = ip.partition("%")
    return ip, zone


def udp_packet(content: bytes, ip: str, port: int) -> UdpPacket:
    """The message for one datagram; the zone of `ip` goes to its own field."""
    text, zone = split_zone(ip)
    return UdpPacket(content=content, remote_addr=UdpAddress(ip=text, port=port, zone=zone))


def _packet_map(values: list[Any]) -> dict[str, Any]:
    if len(values) != 3 or type(values[1]) is not str:
        raise ProtocolError("UdpPacket: no array of content, ip and port")
    ip, zone = split_zone(values[1])
    return {"c": values[0], "r": {"IP": ip, "Port": values[2], "Zone": zone}}


def _pairs(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name twice in one object")
    return values


def _text_pairs(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    if not all(type(key) is str for key, _ in pairs):
        raise ValueError("a name that is no string")
    return _pairs(pairs)


def _refuse(*_: Any) -> Any:
    raise ValueError("a value that no message has")  # NaN and Infinity in JSON, extension types in msgpack


def _pack(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value, unicode_errors="replace")
    return packed


def _unpack(data: bytes) -> Any:
    return msgpack.unpackb(
        data,
        object_pairs_hook=_text_pairs,
        ext_hook=_refuse,
        strict_map_key=True,
        max_array_len=_MAX_ITEMS,
        max_map_len=_MAX_ITEMS,
        max_ext_len=0,
    )


_HTML = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
_json_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_json_decode = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse).decode
