"""One HTTP/1.1 request over a stream, and the whole of its answer."""

from __future__ import annotations

from dataclasses import dataclass

from frpg.net.stream import Stream
from frpg.proto.http1.body import BodyDecoder
from frpg.proto.http1.fields import BadMessage, Field
from frpg.proto.http1.request import CHUNKED
from frpg.proto.http1.response import UNTIL_CLOSE, Response, parse_response, split_head
from frpg.proto.stage import Buffer

MAX_HEAD = 65536  # bytes
_MAX_INTERIM = 16  # answers of 1xx before the real one


class HttpError(OSError):
    """What the other end says is no answer, or more of one than anybody wants."""


class Stale(ConnectionError):
    """The connection ended before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Read to its end."""

    status: int
    fields: list[Field]
    body: bytes
    keeps_alive: bool  # the connection can carry another request

    def header(self, name: str) -> str:
        """The first value of that name, in any spelling; "" when there is none."""
        wanted = name.lower().encode()
        return next((field.value.decode("latin-1") for field in self.fields if field.name.lower() == wanted), "")


def exchange(stream: Stream, request: bytes, method: str, max_body: int) -> Answer:
    """Send `request`, head and body, and read the answer; the caller sets the deadline and closes the stream.

    Raises OSError; Stale and HttpError are among them.
    """
    try:
        stream.sendall(request)
        data = stream.recv()
    except ConnectionError as error:
        raise Stale(f"connection lost before an answer: {error}") from error
    if not data:
        raise Stale("connection closed without an answer")
    try:
        response, data = _read_head(stream, data)
        body, surplus = _read_body(stream, response.size(method.encode()), data, max_body)
    except BadMessage as error:
        raise HttpError(f"the answer is not HTTP: {error}") from error
    return Answer(response.status, response.fields, body, response.keeps_alive and not surplus)


def _read_head(stream: Stream, data: bytes) -> tuple[Response, bytes]:
    """The head of the final answer, and what follows it."""
    for _ in range(_MAX_INTERIM):
        while (found := split_head(data)) is None:
            if len(data) > MAX_HEAD:
                raise HttpError(f"the head of the answer is longer than {MAX_HEAD} bytes")
            data += _more(stream)
        head, data = found
        response = parse_response(head)
        if response.status >= 200:
            return response, data
    raise HttpError("no end of interim answers")


def _read_body(stream: Stream, size: int, data: Buffer, limit: int) -> tuple[bytes, bool]:
    """The body, and whether anything stands behind it. `data` is its beginning."""
    body = bytearray()
    if size == UNTIL_CLOSE:
        while data:
            _add(body, [data], limit)
            data = stream.recv()
        return bytes(body), True
    if size > limit:
        raise _too_long(limit)
    decoder = BodyDecoder(size) if size > 0 or size == CHUNKED else None
    while decoder is not None:
        pieces, data = decoder.receive_data(data)
        _add(body, pieces, limit)
        if decoder.trailers is not None:
            break
        data = _more(stream)
    return bytes(body), len(data) > 0


def _add(body: bytearray, pieces: list[Buffer], limit: int) -> None:
    for piece in pieces:
        if len(body) + len(piece) > limit:
            raise _too_long(limit)
        body += piece


def _too_long(limit: int) -> HttpError:
    return HttpError(f"the answer is longer than {limit} bytes")


def _more(stream: Stream) -> bytes:
    data = stream.recv()
    if not data:
        raise HttpError("connection closed in the middle of the answer")
    return data
