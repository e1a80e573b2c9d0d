"""An answer's head: whatever a sane service sends is read, what is ambiguous is not."""

from __future__ import annotations

import re

from frpg.proto.http1.fields import (
    BLOCK,
    HOP_BY_HOP,
    BadMessage,
    Field,
    Special,
    check_count,
    connection_options,
    content_length,
    pattern_of,
    read_special,
    split_fields,
)
from frpg.proto.http1.request import CHUNKED

MAX_HEAD = 262144  # bytes
UNTIL_CLOSE = -2  # a body's size that the end of the connection will tell

_LINE = rb"(HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\x00\r\n]*+))?)"
_HEAD = re.compile(_LINE + rb"(\r\n" + BLOCK + rb")\r\n")
_STATUS = re.compile(_LINE + rb"\r\n")
_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r\n[ \t]+")
_ONCE = frozenset((b"content-length", b"transfer-encoding"))
_SPECIAL = pattern_of(HOP_BY_HOP | _ONCE | {b"date"})
_KEPT = frozenset((b"content-length", b"date"))  # of those


class Response:
    """What a proxy must know of an answer."""

    __slots__ = ("dropped", "keeps_alive", "line", "minor", "named", "reason", "rest", "special", "status")

    def __init__(self, status: int, reason: bytes, minor: int) -> None:
        self.status = status
        self.reason = reason  # as received
        self.minor = minor  # of HTTP/1
        self.line = b""  # the status line, without its end
        self.rest = b""  # the fields, from the CRLF before the first to that of the last
        self.special: Special = {}  # values that matter here, by lower-case name; repeated ones joined
        self.dropped: list[bytes] = []  # lines that are not passed on
        self.named: frozenset[bytes] = frozenset()  # fields that Connection takes away
        self.keeps_alive = minor == 1

    def size(self, method: bytes) -> int:
        """Bytes of the body that follows for a request of `method`, or CHUNKED, or UNTIL_CLOSE. Raises BadMessage."""
        status, special = self.status, self.special
        if method == b"HEAD" or status in (204, 304) or status < 200:
            return 0
        if b"transfer-encoding" in special:
            if b"content-length" in special:
                raise BadMessage("both Content-Length and Transfer-Encoding")
            if special[b"transfer-encoding"].lower() != b"chunked":
                raise BadMessage("unsupported transfer coding")
            return CHUNKED
        if b"content-length" in special:
            return content_length(special[b"content-length"])
        return UNTIL_CLOSE

    @property
    def fields(self) -> list[Field]:
        """All of them, as received; made anew each time."""
        return split_fields(self.rest)

    def end_to_end(self) -> list[Field]:
        """The fields for the next one, whatever it speaks."""
        hidden = HOP_BY_HOP | self.named
        return [field for field in self.fields if field.name.lower() not in hidden]


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """(head with its empty line, what follows); None while it is not complete."""
    end = data.find(b"\n\r\n")
    if end >= 0 and data.find(b"\n\n", 0, end + 1) < 0:
        return data[: end + 3], data[end + 3 :]
    match = _END.search(data)  # simple services end their lines with LF alone
    if match is None:
        return None
    return _with_crlf(data[: match.end()]), data[match.end() :]


def _with_crlf(head: bytes) -> bytes:
    return head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def parse_response(head: bytes) -> Response:
    """`head` as `split_head` gives it. Raises BadMessage."""
    match = _HEAD.fullmatch(head) or _HEAD.fullmatch(_mended(head))
    if match is None:
        raise BadMessage("malformed header field")
    line, minor, status, reason, rest = match.groups()
    check_count(rest, 1)
    response = Response(int(status), reason or b"", 1 if minor == b"1" else 0)
    response.line = line
    response.rest = rest
    special, dropped = read_special(_SPECIAL, rest, _ONCE, _KEPT)
    response.special = special
    if dropped:
        response.dropped = [line for _, line in dropped]
    if b"connection" in special:
        closes, stays, response.named = connection_options(special[b"connection"])
        response.keeps_alive = not closes and (stays or response.minor == 1)
    return response


def _mended(head: bytes) -> bytes:
    """Folded lines, and line ends of both kinds, are obsolete but legal to mend; the status line is not folded."""
    head = _with_crlf(head)
    status = _STATUS.match(head)
    if status is None:
        raise BadMessage("malformed status line")
    return head[: status.end()] + _FOLD.sub(b" ", head[status.end() :])
