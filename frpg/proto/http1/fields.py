"""Header fields: lines into names and values, and nothing that is not exactly that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from frpg.errors import ProtocolError

Special: TypeAlias = dict[bytes, bytes]
Found: TypeAlias = tuple[bytes, bytes]

MAX_FIELDS = 500  # of one head
_MAX_KNOWN = 4096  # lines
_MAX_KNOWN_LINE = 64  # bytes
_SECRET = frozenset((b"authorization", b"proxy-authorization"))
_KEEP_ALIVE: tuple[bool, bool, frozenset[bytes]] = (False, True, frozenset())
_CLOSE: tuple[bool, bool, frozenset[bytes]] = (True, False, frozenset())
# Members of Connection that take no field away: these two decide whom and what the message is for.
_NOT_NAMES = frozenset((b"close", b"keep-alive", b"host", b"content-length"))

# Possessive, so that a line which does not fit costs no second look.
_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = rb"[^\x00-\x08\x0a-\x1f\x7f]*+"
BLOCK = rb"(?:" + _NAME + rb":" + _VALUE + rb"\r\n)*+"  # of lines
_BLOCK = re.compile(BLOCK)
_LINE = re.compile(rb"(?:^|\n)((" + _NAME + rb"):[^\r]*+)\r")
FIELD_NAME = re.compile(_NAME)
FIELD_VALUE = re.compile(_VALUE)

# Of one connection, not of the message: not passed on. `Trailer` is: trailers are.
HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te",
        b"transfer-encoding", b"upgrade",
    )
)  # fmt: skip

# What decided how the message was read and whom it was for cannot come after it.
_NOT_IN_TRAILERS = HOP_BY_HOP | {
    b"host", b"content-length", b"trailer", b"authorization", b"content-encoding", b"content-type", b"content-range",
    b"expect", b"cookie", b"set-cookie", b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
}  # fmt: skip


class BadMessage(ProtocolError):
    """A head or body that is not HTTP as this server understands it; `status` is for the peer."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Field(NamedTuple):
    """One field as it was received, so that it can be passed on untouched."""

    line: bytes  # all of it, without its line end
    name: bytes

    @property
    def value(self) -> bytes:
        """Without the white space around it."""
        return self.line[len(self.name) + 1 :].strip(b" \t")


class _Lines(dict[bytes, Found]):
    """A line to its name in lower case and its value. Remembers the short ones: the same come again and again."""

    def __missing__(self, line: bytes) -> Found:
        name, _, value = line.partition(b":")
        found = name.lower(), value.strip(b" \t")
        if len(line) <= _MAX_KNOWN_LINE and found[0] not in _SECRET:
            if len(self) >= _MAX_KNOWN:
                self.clear()
            self[line] = found
        return found


_lines = _Lines()


def check_count(block: bytes, more: int = 0) -> None:
    """Raises BadMessage when `block` has more than MAX_FIELDS lines, with `more` that are no fields."""
    if len(block) > 4 * MAX_FIELDS and block.count(b"\n") > MAX_FIELDS + more:
        raise BadMessage("too many header fields", 431)


def check_fields(lines: bytes) -> None:
    """Whether this is field lines, each with its line end, and nothing else. Raises BadMessage."""
    check_count(lines)
    if _BLOCK.fullmatch(lines) is None:
        raise BadMessage("malformed header field")


def split_fields(block: bytes) -> list[Field]:
    """The fields of a block that is known to be one."""
    return [Field(*found) for found in _LINE.findall(block)]


def pattern_of(names: Iterable[bytes]) -> re.Pattern[bytes]:
    """Finds the lines of the fields of these names, in any spelling, in a block that begins with a line end.

    Most fields concern nobody on the way, and to look for the few that do costs half of taking all of them apart.
    """
    spellings = [b"[%c%c](?i:%b)" % (name.upper()[:1], name[:1], re.escape(name[1:])) for name in sorted(names)]
    return re.compile(rb"\n((?:" + b"|".join(spellings) + rb"):[^\r]*+)\r")


def read_special(
    pattern: re.Pattern[bytes], block: bytes, once: frozenset[bytes], kept: frozenset[bytes]
) -> tuple[Special, list[Found]]:
    """What `pattern_of` finds in `block`: the values, and (name, line) of those that are not in `kept`.

    Names are in lower case. The values of repeated fields are joined, except those in `once`, which are refused.
    Raises BadMessage.
    """
    special: Special = {}
    dropped: list[Found] = []
    for line in pattern.findall(block):
        key, value = _lines[line]
        if key in special:
            if key in once:
                raise BadMessage(f"more than one {key.decode()}")
            value = special[key] + b", " + value
        special[key] = value
        if key not in kept:
            dropped.append((key, line))
    return special, dropped


def parse_trailers(data: bytes) -> list[Field]:
    """The trailer lines of a chunked body, without those that may not be trailers. Raises BadMessage."""
    check_fields(data)
    return [field for field in split_fields(data) if field.name.lower() not in _NOT_IN_TRAILERS]


def make_field(name: bytes, value: bytes) -> Field:
    """A field from its parts. Raises BadMessage: they are none."""
    if not FIELD_NAME.fullmatch(name) or not FIELD_VALUE.fullmatch(value):
        raise BadMessage("malformed header field")
    return Field(b"%b: %b" % (name, value), name)


def tokens(value: bytes) -> list[bytes]:
    """The comma-separated members of a value, in lower case; empty ones are left out."""
    return [token for part in value.lower().split(b",") if (token := part.strip(b" \t"))]


def connection_options(value: bytes) -> tuple[bool, bool, frozenset[bytes]]:
    """(has close, has keep-alive, the others) of a Connection value; the others name fields of the connection."""
    lower = value.lower()
    if lower == b"keep-alive":
        return _KEEP_ALIVE
    if lower == b"close":
        return _CLOSE
    options = frozenset(tokens(lower))
    return b"close" in options, b"keep-alive" in options, options - _NOT_NAMES


def content_length(value: bytes) -> int:
    """Bytes. Raises BadMessage for all but plain digits: a list, even of equal numbers, is read in different ways."""
    if not value.isdigit() or len(value) > 18:
        raise BadMessage("malformed Content-Length")
    return int(value)


def without(block: bytes, lines: Iterable[bytes]) -> bytes:
    """`block` without these of its lines. It begins with a line end."""
    for line in lines:
        # A value has no line end in it: what is found is a whole line.
        block = block.replace(b"\r\n%b\r\n" % line, b"\r\n", 1)
    return block
