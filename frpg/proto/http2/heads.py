"""Header blocks of HTTP/2 as heads of HTTP/1, and back.

What comes in is written as an HTTP/1.1 head and read by the parsers of that: there is one set of rules for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from frpg.proto.http1.fields import HOP_BY_HOP, BadMessage, Field, make_field, parse_trailers, split_fields, tokens
from frpg.proto.http1.forward import HeaderChange
from frpg.proto.http1.request import MAX_HEAD, Request, parse_request
from frpg.proto.http1.response import Response, parse_response

Fields = list[tuple[bytes, bytes]]  # (name in lower case, value), pseudo fields first

_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*")
_PATH = re.compile(rb"(?:/[\x21-\x7e\x80-\xff]*|\*)")
_STATUS = re.compile(rb"[1-9][0-9]{2}")
_OF_REQUESTS = frozenset((b":method", b":scheme", b":path", b":authority"))
_OF_RESPONSES = frozenset((b":status",))
_NEVER = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))


def read_request(block: Fields, *, is_ended: bool) -> Request:
    """`is_ended`: nothing follows the head. Raises BadMessage."""
    pseudo, fields = _split(block, _OF_REQUESTS)
    if pseudo.get(b":method") == b"CONNECT":
        raise BadMessage("CONNECT over HTTP/2 is not supported", 501)
    line = _request_line(pseudo)
    lines = [_line(b"host", _authority(pseudo, fields))]
    lines += [_line(*field) for field in _with_one_cookie(fields) if field[0] != b"host"]
    if not is_ended and not any(name == b"content-length" for name, _ in fields):
        lines.append(b"transfer-encoding: chunked\r\n")
    head = b"".join((line, *lines, b"\r\n"))
    if len(head) > MAX_HEAD:
        raise BadMessage("request header fields too large", 431)
    request = parse_request(head)
    if is_ended and request.size > 0:
        raise BadMessage("the body is not as long as Content-Length says")
    return request


def read_response(block: Fields) -> Response:
    """Raises BadMessage."""
    pseudo, fields = _split(block, _OF_RESPONSES)
    status = pseudo.get(b":status", b"")
    if not _STATUS.fullmatch(status):
        raise BadMessage("malformed status")
    lines = b"".join(_line(*field) for field in fields)
    return parse_response(b"HTTP/1.1 %b \r\n%b\r\n" % (status, lines))


def read_trailers(block: Fields) -> list[Field]:
    """Those that may be trailers. Raises BadMessage."""
    _, fields = _split(block, frozenset())
    return parse_trailers(b"".join(_line(*field) for field in fields))


def _split(block: Fields, allowed: frozenset[bytes]) -> tuple[dict[bytes, bytes], Fields]:
    """(pseudo fields, the others). Raises BadMessage: out of order, twice, unknown, or of HTTP/1 connections."""
    pseudo: dict[bytes, bytes] = {}
    fields: Fields = []
    for raw_name, raw_value in block:
        name, value = bytes(raw_name), bytes(raw_value)
        if name.startswith(b":"):
            if fields or name in pseudo or name not in allowed:
                raise BadMessage("misplaced pseudo header field")
            pseudo[name] = value
        elif name in _NEVER or (name == b"te" and value.lower() != b"trailers"):
            raise BadMessage("header field of an HTTP/1 connection")
        else:
            fields.append((name, value))
    return pseudo, fields


def _line(name: bytes, value: bytes) -> bytes:
    """With its end. Raises BadMessage."""
    if name != name.lower() or value != value.strip(b" \t"):
        raise BadMessage("malformed header field")
    return make_field(name, value).line + b"\r\n"


def _request_line(pseudo: dict[bytes, bytes]) -> bytes:
    method, path = pseudo.get(b":method", b""), pseudo.get(b":path", b"")
    is_sound = _METHOD.fullmatch(method) and _SCHEME.fullmatch(pseudo.get(b":scheme", b"")) and _PATH.fullmatch(path)
    if not is_sound or (path == b"*" and method != b"OPTIONS"):
        raise BadMessage("malformed request")
    return b"%b %b HTTP/1.1\r\n" % (method, path)


def _authority(pseudo: dict[bytes, bytes], fields: Fields) -> bytes:
    """Whom the request is for: said once, or more than once in the same way."""
    said = {value for name, value in fields if name == b"host"}
    if b":authority" in pseudo:
        said.add(pseudo[b":authority"])
    if len(said) != 1 or sum(name == b"host" for name, _ in fields) > 1:
        raise BadMessage("not exactly one authority")
    return said.pop()


def _with_one_cookie(fields: Fields) -> Fields:
    """HTTP/2 may cut the Cookie field into crumbs, HTTP/1 may not."""
    crumbs = [value for name, value in fields if name == b"cookie"]
    if len(crumbs) < 2:
        return fields
    return [*(field for field in fields if field[0] != b"cookie"), (b"cookie", b"; ".join(crumbs))]


def request_block(head: bytes) -> Fields:
    """The head that `write_request` made for a service, for one that speaks HTTP/2."""
    request = parse_request(head)
    block = [
        (b":method", request.method),
        (b":scheme", b"http"),
        (b":path", request.target),
        (b":authority", request.authority),
    ]
    hidden = HOP_BY_HOP | {b"host"}
    block += [pair for pair in _pairs(request.fields) if pair[0] not in hidden]
    if b"trailers" in tokens(request.special.get(b"te", b"")):
        block.append((b"te", b"trailers"))
    return block


def response_block(response: Response, change: HeaderChange, date: bytes) -> Fields:
    """`date` is the value for an answer that has none; b"" adds none."""
    block = [(b":status", b"%d" % response.status)]
    block += [pair for pair in _pairs(response.end_to_end()) if pair[0] not in change.names]
    if date and b"date" not in response.special and b"date" not in change.names:
        block.append((b"date", date))
    if change.lines:
        block += _pairs(split_fields(change.lines))
    return block


def trailer_block(trailers: list[Field]) -> Fields:
    return _pairs(trailers)


def _pairs(fields: Iterable[Field]) -> Fields:
    return [(field.name.lower(), field.value) for field in fields]
