import socket

import pytest

from frpg.net.dial import dial
from frpg.net.http_answer import Answer, HttpError, Stale, exchange
from tests.support.services import tcp_service

LIMIT = 1000
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


def ask(*pieces: bytes, method: str = "GET") -> Answer:
    """The answer that a service gives in these pieces before it closes."""

    def serve(connection: socket.socket) -> None:
        connection.recv(len(REQUEST), socket.MSG_WAITALL)
        for piece in pieces:
            connection.sendall(piece)

    with tcp_service(serve) as port:
        stream = dial("127.0.0.1", port)
        try:
            with stream.deadline(10):
                return exchange(stream, REQUEST, method, LIMIT)
        finally:
            stream.close()


GOOD = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello", True),
    (b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n", b"hello", False),
]


@pytest.mark.parametrize(("answer", "body", "keeps_alive"), GOOD)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_answer_is_the_same_however_it_is_cut(answer: bytes, body: bytes, keeps_alive: bool, step: int) -> None:
    got = ask(*(answer[i : i + step] for i in range(0, len(answer), step)))
    assert got.body == body
    # Of what stands behind the answer only so much counts as has come with it.
    assert got.keeps_alive == keeps_alive or (step == 1 and answer.count(b"HTTP/1.1 200") == 2)


def test_fields_are_found_in_any_spelling() -> None:
    answer = ask(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
    assert (answer.status, answer.header("www-authenticate"), answer.header("absent")) == (401, "Basic", "")


def test_a_head_request_has_no_body() -> None:
    assert ask(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method="HEAD").body == b""


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Le"], "closed in the middle"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"], "closed in the middle"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], "closed in the middle"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"], "longer than 1000 bytes"),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1001], "longer than 1000 bytes"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1001], "longer than 1000 bytes"),
        ([b"HTTP/1.1 200 OK\r\n", b"X-Field: long\r\n" * 6000], "head of the answer is longer"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"] * 17, "no end of interim answers"),
    ],
)
def test_what_is_no_answer_is_an_error(pieces: list[bytes], text: str) -> None:
    with pytest.raises(HttpError, match=text):
        ask(*pieces)


def test_an_end_before_the_first_byte_is_told_apart() -> None:
    with pytest.raises(Stale):
        ask()
