"""Bodies apart from what follows them, cut anywhere."""

import pytest

from frpg.proto.http1.body import BodyDecoder
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.request import CHUNKED
from tests.unit.proto.http1.messages import cuts

COUNTED = (5, b"hello")
CHUNKS = (CHUNKED, b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n")


@pytest.mark.parametrize(("size", "data"), [COUNTED, CHUNKS])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_body_ends_where_it_ends(size: int, data: bytes, step: int) -> None:
    decoder, body, left = BodyDecoder(size), b"", b""
    for piece in cuts(data + b"NEXT", step):
        if decoder.trailers is not None:
            left += piece
            continue
        pieces, rest = decoder.receive_data(piece)
        body += b"".join(pieces)
        left += bytes(rest)
    assert (body, left, decoder.received) == (b"hello", b"NEXT", 5)
    assert [field.line for field in decoder.trailers or []] == ([b"A: b"] if size == CHUNKED else [])


def test_an_incomplete_body_has_no_trailers() -> None:
    decoder = BodyDecoder(5)
    decoder.receive_data(b"hell")
    assert (decoder.trailers, decoder.received) == (None, 4)


def test_what_is_no_chunk() -> None:
    with pytest.raises(BadMessage):
        BodyDecoder(CHUNKED).receive_data(b"5 hello\r\n")
