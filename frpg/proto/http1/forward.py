"""The heads that a reverse proxy sends on: to the service, and back to the visitor.

What is passed on is passed on as it was received: lines are taken out of the head and added to it, nothing else moves.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from frpg.proto.http1.fields import Field, split_fields, tokens, without
from frpg.proto.http1.request import CHUNKED, Request
from frpg.proto.http1.response import Response

_TOLD = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")
_TOLD_BY_TRUSTED = (b"x-forwarded-host", b"x-forwarded-proto", b"forwarded")


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """Header fields that replace those of the same names."""

    names: frozenset[bytes] = frozenset()  # in lower case
    lines: bytes = b""  # ready to be sent


NO_CHANGE = HeaderChange()


class Visitor:
    """Who asks, as far as the service is told.

    Args:
        ip: its address as text.
        is_trusted: whether its own X-Forwarded-* are believed; None: the server has no list, and does as frp does,
            which adds to X-Forwarded-For and replaces the others.
    """

    __slots__ = ("_end", "_start", "ip", "is_trusted")

    def __init__(self, ip: bytes, is_trusted: bool | None = None) -> None:
        self.ip = ip
        self.is_trusted = is_trusted
        self._start = b"X-Forwarded-For: %b\r\nX-Forwarded-Host: " % ip
        self._end = b"\r\nX-Forwarded-Proto: http\r\n"

    def lines(self, request: Request) -> bytes:
        """The fields that tell of this visitor."""
        before = request.special.get(b"x-forwarded-for") if self.is_trusted is not False else None
        if before is None and not self.is_trusted:
            return self._start + request.authority + self._end
        told = request.special if self.is_trusted else ()
        chain = self.ip if before is None else before + b", " + self.ip
        lines = b"X-Forwarded-For: %b\r\n" % chain
        if b"x-forwarded-host" not in told:
            lines += b"X-Forwarded-Host: %b\r\n" % request.authority
        if b"x-forwarded-proto" not in told:
            lines += b"X-Forwarded-Proto: http\r\n"
        return lines


def write_request(request: Request, visitor: Visitor, host: bytes = b"", change: HeaderChange = NO_CHANGE) -> bytes:
    """The head for the service, always HTTP/1.1.

    Args:
        host: in place of the request's own; b"" keeps that.
    """
    line, rest = request.line, request.rest
    if request.dropped:
        kept = _TOLD_BY_TRUSTED if visitor.is_trusted else ()
        rest = without(rest, [dropped for key, dropped in request.dropped if key not in kept])
    if request.named or change.names or request.minor == 0:
        rest = without(rest, _named(request, change))
    if host or request.is_absolute or request.minor == 0:
        host = host or request.authority
        line = _request_line(request, host)
        rest = _with_host(request, rest, host)
    if request.size == CHUNKED or request.upgrade or b"te" in request.special:
        rest += _hop_lines(request)
    told = visitor.lines(request)
    if not change.names.isdisjoint(_TOLD):
        ours = [field for field in split_fields(told) if field.name.lower() not in change.names]
        told = b"".join([b"%b\r\n" % field.line for field in ours])
    return b"".join((line, rest, told, change.lines, b"\r\n"))


def _named(request: Request, change: HeaderChange) -> list[bytes]:
    """The lines of the fields that the visitor's `Connection`, or the route, takes away."""
    names = change.names | request.named
    if request.minor == 0:
        names = names | {b"expect"}
    return _lines_named(request.fields, names) if names else []


def _lines_named(fields: list[Field], names: Set[bytes]) -> list[bytes]:
    return [field.line for field in fields if field.name.lower() in names]


def _request_line(request: Request, host: bytes) -> bytes:
    target = b"http://" + host + request.target if request.is_absolute else request.target
    return b"%b %b HTTP/1.1" % (request.method, target)


def _with_host(request: Request, rest: bytes, host: bytes) -> bytes:
    old = _lines_named(request.fields, {b"host"})
    if not old:
        return b"\r\nHost: " + host + rest
    name = old[0].partition(b":")[0]
    return rest.replace(b"\r\n%b\r\n" % old[0], b"\r\n%b: %b\r\n" % (name, host), 1)


def _hop_lines(request: Request) -> bytes:
    """What concerns our own connection to the service."""
    lines = b""
    if request.size == CHUNKED:
        lines += b"Transfer-Encoding: chunked\r\n"
    if b"trailers" in tokens(request.special.get(b"te", b"")):
        lines += b"TE: trailers\r\n"
    if request.upgrade:
        lines += b"Connection: Upgrade\r\nUpgrade: %b\r\n" % request.upgrade
    return lines


def write_response(response: Response, minor: int, hop: bytes, change: HeaderChange, date: bytes) -> bytes:
    """The head for a visitor that speaks HTTP/1.`minor`; the reason phrase is the service's.

    Args:
        hop: field lines that concern our own connection to the visitor.
        date: one more field line, for an answer that has no date; not when `change` has one.
    """
    rest = response.rest
    if response.dropped:
        rest = without(rest, response.dropped)
    names = change.names | response.named
    if names:
        rest = without(rest, _lines_named(response.fields, names))
    if b"date" in names:
        date = b""
    status = response.line
    if minor != response.minor:
        status = b"HTTP/1.%d %d %b" % (minor, response.status, response.reason)
    return b"".join((status, rest, date, change.lines, hop, b"\r\n"))
