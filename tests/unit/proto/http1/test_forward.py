"""Heads on their way to the service and back; what comes out has one meaning for an independent parser."""

import random

import pytest

from frpg.proto.http1.chunked import ChunkedDecoder, write_chunk, write_last_chunk
from frpg.proto.http1.fields import HOP_BY_HOP, BadMessage, Field
from frpg.proto.http1.forward import NO_CHANGE, HeaderChange, Visitor, write_request, write_response
from frpg.proto.http1.request import CHUNKED, Request, parse_request
from frpg.proto.http1.response import parse_response
from tests.unit.proto.http1.messages import head, joined, judge_request, judge_response, random_request

SOMEBODY = Visitor(b"192.0.2.1")
FORWARDED = ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: a.test", "X-Forwarded-Proto: http"]


def forwarded(
    *lines: str, visitor: Visitor = SOMEBODY, host: bytes = b"", change: HeaderChange = NO_CHANGE
) -> list[str]:
    written = write_request(parse_request(head(*lines)), visitor, host, change)
    assert written.endswith(b"\r\n\r\n")
    assert b"\r\n\r\n" not in written[:-4]
    return written[:-4].decode("latin-1").split("\r\n")


def test_a_plain_request_passes_as_it_came() -> None:
    lines = ["GET /a%2F?b;c HTTP/1.1", "x-B:  1 ", "hOST: a.test", "X-b: 2", "Cookie:"]
    assert forwarded(*lines) == [*lines, *FORWARDED]


HOP = [
    "Connection: x-named, close", "X-Named: 1", "Keep-Alive: 5", "proxy-connection: x", "Proxy-Authorization: Basic x",
    "Proxy-Authenticate: x", "Upgrade: foo", "TE: gzip", "Forwarded: for=1", "X-Forwarded-For: 9.9.9.9",
    "x-forwarded-host: evil", "X-Forwarded-Proto: https",
]  # fmt: skip
TELLING = ["X-Forwarded-For: 9.9.9.9, 192.0.2.1", *FORWARDED[1:]]


def test_what_concerns_the_connection_stays_behind() -> None:
    lines = ["GET / HTTP/1.1", *HOP, "Host: a.test", "X: y"]
    assert forwarded(*lines) == [lines[0], "Host: a.test", "X: y", *TELLING]


@pytest.mark.parametrize("line", HOP)
@pytest.mark.parametrize("start", ["GET / HTTP/1.0", "CONNECT a.test HTTP/1.1", "GET / HTTP/1.1"])
def test_each_of_it_alone_stays_behind_also_without_a_host(start: str, line: str) -> None:
    if line.startswith("X-Named"):
        return
    name = line.partition(":")[0].lower()
    fields = forwarded(start, line, *(["Host: a.test"] if start == "GET / HTTP/1.1" else []))[1:]
    told = [field for field in fields if field.partition(":")[0].lower() == name]
    assert line not in fields
    assert len(told) == name.startswith("x-forwarded")


def test_names_in_connection_cannot_take_the_framing_away() -> None:
    lines = [
        "POST / HTTP/1.1",
        "Host: a.test",
        "Content-Length: 5",
        "Connection: host, content-length, transfer-encoding",
    ]
    assert forwarded(*lines) == [*lines[:3], *FORWARDED]
    lines = ["POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", "Connection: transfer-encoding"]
    assert forwarded(*lines) == [*lines[:3], *FORWARDED]


def test_trailers_may_be_asked_for() -> None:
    assert "TE: trailers" in forwarded("GET / HTTP/1.1", "Host: a.test", "TE: gzip, Trailers", "Connection: TE")
    assert not any(line.startswith("TE") for line in forwarded("GET / HTTP/1.1", "Host: a.test", "TE: gzip"))


def test_upgrade() -> None:
    lines = forwarded(
        "GET / HTTP/1.1", "Connection: upgrade, x", "x: 1", "Upgrade: WebSocket", "Host: a.test", "Sec-X: 1"
    )
    assert lines == [
        "GET / HTTP/1.1",
        "Host: a.test",
        "Sec-X: 1",
        "Connection: Upgrade",
        "Upgrade: WebSocket",
        *FORWARDED,
    ]


def test_http_1_0_becomes_1_1() -> None:
    assert forwarded("GET / HTTP/1.0") == [
        "GET / HTTP/1.1", "Host: ", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: ", "X-Forwarded-Proto: http",
    ]  # fmt: skip
    lines = forwarded("POST / HTTP/1.0", "Host: a.test", "Expect: 100-continue", "Connection: keep-alive")
    assert lines == ["POST / HTTP/1.1", "Host: a.test", *FORWARDED]


@pytest.mark.parametrize("target", ["http://a.test/p?q", "/p?q"])
def test_host_rewrite(target: str) -> None:
    lines = forwarded(f"GET {target} HTTP/1.1", "x: y", "HOST: a.test", host=b"inner:8080")
    assert lines[0] == f"GET {target.replace('a.test', 'inner:8080')} HTTP/1.1"
    assert lines[1:] == ["x: y", "HOST: inner:8080", *FORWARDED]


def test_host_of_the_request_line_is_the_one_that_is_sent() -> None:
    lines = forwarded("GET http://a.test?q HTTP/1.1", "Host: evil.test", "X: Host: evil.test")
    assert lines == ["GET http://a.test/?q HTTP/1.1", "Host: a.test", "X: Host: evil.test", *FORWARDED]


def test_trusted_proxies_and_strangers() -> None:
    asked = ["GET / HTTP/1.1", "Host: a.test", "X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 2.2.2.2",
    "Forwarded: by=x",
             "X-Forwarded-Proto: https", "X-Forwarded-Host: outer"]  # fmt: skip
    trusted = forwarded(*asked, visitor=Visitor(b"192.0.2.1", True))
    assert trusted == [*asked[:2], *asked[4:], "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.1"]
    assert forwarded(*asked, visitor=Visitor(b"192.0.2.1", False)) == [*asked[:2], *FORWARDED]
    assert forwarded(*asked[:2], visitor=Visitor(b"192.0.2.1", True)) == [*asked[:2], *FORWARDED]


CHANGE = HeaderChange(
    frozenset((b"x-a", b"x-forwarded-proto", b"x-new")), b"X-A: new\r\nX-Forwarded-Proto: https\r\nX-New: 1\r\n"
)


def test_fields_that_the_route_sets_replace_all_others() -> None:
    lines = forwarded("GET / HTTP/1.1", "Host: a.test", "x-a: 1", "X-A: 2", "x-forwarded-proto: x", change=CHANGE)
    assert lines == [
        *["GET / HTTP/1.1", "Host: a.test"],
        *FORWARDED[:2],
        "X-A: new",
        "X-Forwarded-Proto: https",
        "X-New: 1",
    ]


def send_on(request: Request, body: bytes) -> bytes:
    """The whole message as it goes to the service."""
    written = write_request(request, SOMEBODY)
    if request.size != CHUNKED:
        return written + body
    decoder = ChunkedDecoder()
    pieces, rest = decoder.receive_data(body)
    assert decoder.trailers is not None
    assert len(rest) == 0
    size = sum(map(len, pieces))
    return written + (joined(write_chunk(pieces, size)) if size else b"") + write_last_chunk(decoder.trailers)


def payload(request: Request, body: bytes) -> bytes:
    return joined(ChunkedDecoder().receive_data(body)[0]) if request.size == CHUNKED else body


def test_an_independent_parser_reads_the_same_message() -> None:
    chance = random.Random(4)
    seen = 0
    for _ in range(3000):
        start, body = random_request(chance)
        try:
            request = parse_request(start)
        except BadMessage:
            continue
        seen += 1
        verdict = judge_request(send_on(request, body))
        assert verdict.complete == 1
        assert (verdict.method, verdict.body) == (request.method, payload(request, body))
        target = b"http://" + request.authority + request.target if request.is_absolute else request.target
        assert verdict.first == target
        assert verdict.values(b"host") == [request.authority]
        assert verdict.values(b"x-forwarded-for") == [b"192.0.2.1"]
        hidden = (HOP_BY_HOP | request.named | {b"host"}) - {b"content-length"}
        kept = [(field.name, field.value) for field in request.fields if field.name.lower() not in hidden]
        passed = [(name, value.strip()) for name, value in verdict.fields]
        assert [field for field in kept if field not in passed] == []
        assert [name for name, _ in passed if name.lower() in hidden - {b"host", b"transfer-encoding", b"te"}] == []
    assert seen > 1500


def test_two_messages_never_become_more_or_fewer() -> None:
    chance = random.Random(5)
    for _ in range(500):
        sent = b""
        for _ in range(3):
            start, body = random_request(chance)
            sent += send_on(parse_request(start), body)
        assert judge_request(sent).complete == 3


def answered(*lines: str, minor: int = 1, hop: bytes = b"", change: HeaderChange = NO_CHANGE) -> list[str]:
    written = write_response(parse_response(head(*lines)), minor, hop, change, b"Date: now\r\n")
    assert written.endswith(b"\r\n\r\n")
    return written[:-4].decode("latin-1").split("\r\n")


def test_an_answer_passes_as_it_came() -> None:
    lines = ["HTTP/1.1 299 Sehr  gut\xe9", "x-B:  1 ", "Content-Length: 5", "date: then", "X-b: 2"]
    assert answered(*lines)[:5] == lines
    assert answered("HTTP/1.1 200", "a: b", minor=0) == ["HTTP/1.0 200 ", "a: b", "Date: now"]
    assert answered("HTTP/1.0 200 OK", "a: b") == ["HTTP/1.1 200 OK", "a: b", "Date: now"]


def test_what_concerns_the_service_s_connection_stays_there() -> None:
    lines = ["HTTP/1.1 200 OK", "Connection: close, x-n", "X-N: 1", "keep-alive: 5", "Transfer-Encoding: chunked",
             "Upgrade: h2c", "Trailer: x", "Proxy-Authenticate: Basic"]  # fmt: skip
    assert answered(*lines, hop=b"Connection: close\r\n") == [lines[0], "Trailer: x", "Date: now", "Connection: close"]


def test_fields_that_the_route_sets_in_answers() -> None:
    change = HeaderChange(frozenset((b"server", b"date")), b"Server: x\r\nDate: y\r\n")
    lines = answered("HTTP/1.1 200 OK", "SERVER: a", "server: b", "Date: then", "c: d", change=change)
    assert lines == ["HTTP/1.1 200 OK", "c: d", "Server: x", "Date: y"]


def test_a_judge_reads_our_answers() -> None:
    written = write_response(
        parse_response(head("HTTP/1.1 201 Made", "Transfer-Encoding: chunked", "a: b")),
        1, b"Transfer-Encoding: chunked\r\n", NO_CHANGE, b"Date: now\r\n",
    )  # fmt: skip
    body = joined(write_chunk([b"hello"], 5)) + write_last_chunk([Field(b"x: y", b"x")])
    verdict = judge_response(written + body)
    assert (verdict.status, verdict.first, verdict.body, verdict.complete) == (201, b"Made", b"hello", 1)
    assert verdict.fields == [(b"a", b"b"), (b"Date", b"now"), (b"Transfer-Encoding", b"chunked"), (b"x", b"y")]
