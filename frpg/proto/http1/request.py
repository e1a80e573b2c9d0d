"""A request's head: parsed strictly, so that nobody behind us can read it in another way."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from frpg.proto.http1.fields import (
    BLOCK,
    HOP_BY_HOP,
    BadMessage,
    Field,
    Found,
    Special,
    check_count,
    connection_options,
    content_length,
    pattern_of,
    read_special,
    split_fields,
    tokens,
)
from frpg.proto.http1.host import canonical_host

MAX_HEAD = 65536  # bytes, request line and fields together
CHUNKED = -1  # a body's size that its chunks will tell

_LINE = rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]++) ([\x21-\x7e\x80-\xff]++) HTTP/1\.([01])"
_HEAD = re.compile(_LINE + rb"(\r\n" + BLOCK + rb")\r\n")
_RIGHT_LINE = re.compile(_LINE + rb"\r\n")
_OTHER_VERSION = re.compile(rb"[^\r\n]* HTTP/(?!1\.[01]\r)[0-9]+(?:\.[0-9]+)?\r\n")
_ABSOLUTE = re.compile(rb"(?i:http(s?))://([^/?#@]+)((?:[/?].*)?)")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

_ONCE = frozenset((b"host", b"content-length", b"transfer-encoding"))
_FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"))
_DROPPED = HOP_BY_HOP | _FORWARDED
_KEPT = frozenset((b"host", b"content-length", b"expect", b"authorization"))
_SPECIAL = pattern_of(_DROPPED | _KEPT)

IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"))


class Request:
    """What a proxy must know of a request. Source of the rules: RFC 9112 3, 6, and server spec 2."""

    __slots__ = (
        "authority", "dropped", "is_absolute", "is_https", "keeps_alive", "line", "method", "minor", "named", "rest",
        "size", "special", "target", "upgrade",
    )  # fmt: skip

    def __init__(self, line: bytes, method: bytes, target: bytes, minor: int) -> None:
        self.line = line  # the request line, without its end
        self.rest = b""  # the fields, from the CRLF before the first to that of the last
        self.method = method
        self.target = target  # as received; without scheme and authority
        self.minor = minor  # of HTTP/1
        self.special: Special = {}  # values that matter here, by lower-case name; repeated ones joined
        self.dropped: list[Found] = []  # (lower-case name, line) of those that are not simply passed on
        self.authority = b""  # whom it is for, as received
        self.is_absolute = False  # the request line had the authority, as for a forward proxy
        self.is_https = False  # then in an https URL
        self.size = 0  # of the body in bytes, or CHUNKED
        self.named: frozenset[bytes] = frozenset()  # fields that Connection takes away
        self.keeps_alive = minor == 1
        self.upgrade = b""  # the protocol asked for

    @property
    def fields(self) -> list[Field]:
        """All of them, as received; made anew each time."""
        return split_fields(self.rest)

    @property
    def host(self) -> str:
        """Canonical, for the routes. Raises BadMessage."""
        return canonical_host(self.authority)

    @property
    def path(self) -> str:
        """Percent-decoded, without the query; empty for CONNECT. Raises BadMessage."""
        path = self.target
        if b"?" in path:
            path = path.partition(b"?")[0]
        if b"%" in path:
            if _BAD_ESCAPE.search(path):
                raise BadMessage("malformed percent-encoding")
            path = unquote_to_bytes(path)
        return "" if self.method == b"CONNECT" else path.decode("utf-8", "surrogateescape")

    @property
    def is_idempotent(self) -> bool:
        """Whether it may be sent twice, as far as its method tells."""
        return self.method in IDEMPOTENT

    @property
    def has_credentials(self) -> bool:
        return b"authorization" in self.special or b"proxy-authorization" in self.special

    @property
    def expects_continue(self) -> bool:
        return self.minor == 1 and self.special.get(b"expect", b"").lower() == b"100-continue"


def parse_request(head: bytes, *, takes_https: bool = False) -> Request:
    """`head` ends with the empty line. Raises BadMessage.

    Args:
        takes_https: https URLs in the request line are fine too: who asks is a forward proxy.
    """
    match = _HEAD.fullmatch(head)
    if match is None:
        raise _fault(head)
    method, target, minor, rest = match.groups()
    check_count(rest, 1)
    request = Request(head[: -2 - len(rest)], method, target, 1 if minor == b"1" else 0)
    request.rest = rest
    special, request.dropped = read_special(_SPECIAL, rest, _ONCE, _KEPT)
    request.special = special
    if b"content-length" in special or b"transfer-encoding" in special:
        _read_body_size(request)
    if b"connection" in special:
        _read_connection(request)
    _read_target(request)
    if request.is_https and not takes_https:
        raise BadMessage("malformed request target")
    return request


def _fault(head: bytes) -> BadMessage:
    if _OTHER_VERSION.match(head):
        return BadMessage("unsupported protocol version", 505)
    return BadMessage("malformed header field" if _RIGHT_LINE.match(head) else "malformed request line")


def _read_body_size(request: Request) -> None:
    special = request.special
    if b"transfer-encoding" not in special:
        request.size = content_length(special[b"content-length"])
        return
    if b"content-length" in special:
        raise BadMessage("both Content-Length and Transfer-Encoding")
    if request.minor == 0:
        raise BadMessage("Transfer-Encoding in HTTP/1.0")
    if special[b"transfer-encoding"].lower() != b"chunked":
        raise BadMessage("unsupported transfer coding", 501)
    request.size = CHUNKED


def _read_connection(request: Request) -> None:
    closes, stays, request.named = connection_options(request.special[b"connection"])
    request.keeps_alive = not closes and (stays or request.minor == 1)
    if b"upgrade" in request.named and request.minor == 1 and not request.size:
        wanted = request.special.get(b"upgrade", b"")
        # HTTP/2 behind an upgrade would pass every later request by the routes and their credentials.
        request.upgrade = b"" if b"h2c" in tokens(wanted) else wanted


def _read_target(request: Request) -> None:
    """Whom the request is for: the authority of the request line, where it has one, and nobody looks at Host then."""
    target, host = request.target, request.special.get(b"host")
    if request.method == b"CONNECT":
        request.authority = target
        return
    if host is None:
        if request.minor == 1:
            raise BadMessage("missing required Host header")
        host = b""
    request.authority = host
    if target.startswith(b"/") or (target == b"*" and request.method == b"OPTIONS"):
        return
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise BadMessage("malformed request target")
    request.is_absolute = True
    secure, request.authority, rest = absolute.groups()
    request.is_https = bool(secure)
    request.target = rest if rest.startswith(b"/") else b"/" + rest
