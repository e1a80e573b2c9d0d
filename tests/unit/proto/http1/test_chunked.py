"""The chunked coding, cut everywhere, and what is not quite it."""

import random

import pytest

from frpg.proto.http1.chunked import MAX_LINE, MAX_TRAILERS, ChunkedDecoder, write_chunk, write_last_chunk
from frpg.proto.http1.fields import BadMessage, Field
from tests.unit.proto.http1.messages import cuts, joined, judge_request, random_chunks

BODY = b'5;a="b c" ;d\r\nhello\r\nA \r\n0123456789\r\n0001\r\n!\r\n00\r\nX-Sum:  1\r\nHost: evil\r\ny: 2\r\n\r\n'
PAYLOAD = b"hello0123456789!"
BEHIND = b"GET / HTTP/1.1\r\n"


def decode(pieces: list[bytes], kind: type = bytes) -> tuple[bytes, bytes, list[Field] | None]:
    decoder, payload, behind = ChunkedDecoder(), b"", b""
    for piece in pieces:
        if decoder.trailers is not None:
            behind += piece
            continue
        found, rest = decoder.receive_data(kind(piece))
        assert all(len(part) for part in found)
        payload += joined(found)
        behind += bytes(rest)
    return payload, behind, decoder.trailers


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("step", [*range(1, len(BODY) + 1), 1000])
def test_body_is_the_same_however_it_is_cut(step: int, kind: type) -> None:
    payload, behind, trailers = decode(cuts(BODY + BEHIND, step), kind)
    assert (payload, behind) == (PAYLOAD, BEHIND)
    assert trailers == [(b"X-Sum:  1", b"X-Sum"), (b"y: 2", b"y")]


def test_body_is_incomplete_up_to_its_last_byte() -> None:
    for end in range(len(BODY)):
        assert decode([BODY[:end]])[2] is None


BROKEN = [
    b"\r\n", b"g\r\n", b"-1\r\n", b"+1\r\n", b"0x1\r\n", b"1_0\r\n", b" 1\r\n", b"1 2\r\n", b"1\n", b"1\r\r\n",
    b"1\ra\r\n",
    b"1;a\x00\r\n", b"1;a\rb\r\n", b"1;a\n", b"1" * 16 + b"\r\n", b"\xd9\xa1\r\n", b"1\x0b\r\n", b"1,\r\n",
    b"5\r\nhello!", b"5\r\nhello\n", b"5\r\nhello\r\r\n", b"5\r\nhello\n\r\n", b"5\r\nhell\r\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"0\r\n\n", b"0\n\n", b"0\r\nno field\r\n\r\n", b"0\r\n folded: x\r\n\r\n", b"0\r\na: b\n\r\n",
    b"0\r\na : b\r\n\r\n",
    b"0\r\na: \x00\r\n\r\n", b"5;\x7f\r\n",
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_no_chunks(data: bytes, step: int) -> None:
    with pytest.raises(BadMessage):
        decode(cuts(data + b"\r\n" * 2, step))


@pytest.mark.parametrize("step", [1, 255, 256, 257, 100_000])
def test_lines_and_trailers_have_a_limit(step: int) -> None:
    decode(cuts(b"1;" + b"x" * (MAX_LINE - 4) + b"\r\na\r\n", step))
    for endless in (b"1;" + b"x" * MAX_LINE, b"0\r\na: " + b"x" * MAX_LINE, b"0\r\n" + b"a: 12345678901234\r\n" * 1000):
        with pytest.raises(BadMessage, match="too long"):
            decode(cuts(endless, step))
    assert MAX_TRAILERS < 19_000


def test_what_is_kept_has_a_limit() -> None:
    decoder = ChunkedDecoder()
    with pytest.raises(BadMessage):
        for _ in range(100_000):
            decoder.receive_data(b"0")
            assert len(decoder._line) <= MAX_LINE


def test_a_large_chunk_is_not_kept() -> None:
    decoder = ChunkedDecoder()
    decoder.receive_data(b"%x\r\n" % (1 << 50))
    for _ in range(3):
        pieces, rest = decoder.receive_data(bytes(1 << 20))
        assert (sum(map(len, pieces)), len(rest)) == (1 << 20, 0)
    assert decoder._line == decoder._kept == b""


def test_any_cutting_of_any_body() -> None:
    chance = random.Random(1)
    for _ in range(300):
        body = chance.randbytes(chance.choice([0, 1, 10, 1000]))
        sent = random_chunks(chance, body)
        step = chance.randint(1, len(sent))
        payload, behind, trailers = decode(cuts(sent + BEHIND, step))
        assert (payload, behind) == (body, BEHIND)
        assert trailers is not None and {field.name for field in trailers} <= {b"X-Sum", b"a"}


def test_any_garbage_is_refused_or_read() -> None:
    chance = random.Random(2)
    for _ in range(2000):
        data = bytearray(BODY)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.choice(b"\r\n\0 ;0af:\xff")
        outcomes = set()
        for step in (1, 7, 1000):
            try:
                outcomes.add(decode(cuts(bytes(data), step))[0])
            except BadMessage:
                outcomes.add(None)
        assert len(outcomes) == 1  # the cutting decides nothing


def test_what_is_written_has_one_meaning_for_others() -> None:
    chunks = joined([*write_chunk([b"he", b"llo"], 5), *write_chunk([b"x" * 17], 17)])
    for trailers in ([], [Field(b"X-Sum: 1", b"X-Sum")]):
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        verdict = judge_request(head + chunks + write_last_chunk(trailers))
        assert (verdict.body, verdict.complete) == (b"hello" + b"x" * 17, 1)
        assert verdict.fields[1:] == [(field.name, field.value) for field in trailers]
    assert write_last_chunk([]) == b"0\r\n\r\n"
