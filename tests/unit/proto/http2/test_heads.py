"""Header blocks: as strict as HTTP/1, and with the same meaning in both."""

import pytest

from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.forward import NO_CHANGE, HeaderChange, Visitor, write_request
from frpg.proto.http1.request import CHUNKED
from frpg.proto.http1.response import parse_response
from frpg.proto.http2.heads import (
    Fields,
    read_request,
    read_response,
    read_trailers,
    request_block,
    response_block,
    trailer_block,
)

PSEUDO = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/a?b=%20"), (b":authority", b"A.test:80")]
VISITOR = Visitor(b"192.0.2.7")


def block(*fields: tuple[bytes, bytes], **pseudo: bytes | None) -> Fields:
    """A request's, with some pseudo fields changed, or left out for None."""
    changed = dict(PSEUDO) | {b":" + name.encode(): value for name, value in pseudo.items()}
    return [(name, value) for name, value in changed.items() if value is not None] + list(fields)


def test_a_request_is_what_it_would_be_in_http1() -> None:
    request = read_request(block((b"x-a", b"1"), (b"content-length", b"5"), (b"X-A".lower(), b"2")), is_ended=False)
    assert (request.method, request.target, request.authority) == (b"POST", b"/a?b=%20", b"A.test:80")
    assert (request.size, request.host, request.path) == (5, "a.test", "/a")
    head = write_request(request, VISITOR)
    assert head.startswith(b"POST /a?b=%20 HTTP/1.1\r\nhost: A.test:80\r\nx-a: 1\r\ncontent-length: 5\r\nx-a: 2\r\n")


@pytest.mark.parametrize(("fields", "is_ended", "size"), [([], True, 0), ([], False, CHUNKED)])
def test_size_without_a_length(fields: Fields, is_ended: bool, size: int) -> None:
    request = read_request(block(*fields), is_ended=is_ended)
    assert request.size == size
    assert (b"Transfer-Encoding: chunked" in write_request(request, VISITOR)) is (size == CHUNKED)


def test_cookie_crumbs_become_one_cookie() -> None:
    request = read_request(block((b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2")), is_ended=True)
    assert b"\r\ncookie: a=1; b=2\r\n" in write_request(request, VISITOR)


@pytest.mark.parametrize("hosts", [[(b"host", b"a.test")], [(b"host", b"A.test:80")]])
def test_host_stands_in_for_the_authority(hosts: Fields) -> None:
    assert read_request(block(*hosts, authority=None), is_ended=True).authority == hosts[0][1]


def test_host_may_repeat_the_authority() -> None:
    head = write_request(read_request(block((b"host", b"A.test:80")), is_ended=True), VISITOR)
    assert head.lower().count(b"\r\nhost:") == 1


def test_options_may_ask_for_the_server() -> None:
    assert read_request(block(method=b"OPTIONS", path=b"*"), is_ended=True).target == b"*"


def test_trailers_are_asked_for() -> None:
    head = write_request(read_request(block((b"te", b"trailers")), is_ended=True), VISITOR)
    assert b"\r\nTE: trailers\r\n" in head
    assert b"\r\nte:" not in head


MALFORMED: dict[str, Fields] = {
    "no method": block(method=None),
    "no scheme": block(scheme=None),
    "no path": block(path=None),
    "no authority": block(authority=None),
    "two hosts": block((b"host", b"A.test:80"), (b"host", b"A.test:80")),
    "another host": block((b"host", b"b.test")),
    "empty path": block(path=b""),
    "absolute path": block(path=b"http://b.test/"),
    "space in the path": block(path=b"/a b"),
    "smuggled line": block(path=b"/ HTTP/1.1\r\nx: y"),
    "star": block(path=b"*"),
    "smuggled method": block(method=b"GET / HTTP/1.1\r\nx: y\r\n\r\nGET"),
    "empty method": block(method=b""),
    "strange scheme": block(scheme=b"ht tp"),
    "smuggled authority": block(authority=b"a.test\r\nx: y"),
    "pseudo twice": [*block(), (b":path", b"/b")],
    "pseudo of answers": block((b":status", b"200")),
    "unknown pseudo": [(b":protocol", b"websocket"), *block()],
    "pseudo behind others": [(b"x", b"y"), *block()],
    "upper case": block((b"X-A", b"1")),
    "empty name": block((b"", b"1")),
    "space in a name": block((b"x a", b"1")),
    "colon in a name": block((b"x:a", b"1")),
    "line feed": block((b"x", b"1\ny: 2")),
    "carriage return": block((b"x", b"1\ry: 2")),
    "NUL": block((b"x", b"1\x00")),
    "space around a value": block((b"x", b" 1")),
    "connection": block((b"connection", b"close")),
    "keep-alive": block((b"keep-alive", b"1")),
    "proxy-connection": block((b"proxy-connection", b"close")),
    "transfer-encoding": block((b"transfer-encoding", b"chunked")),
    "upgrade": block((b"upgrade", b"websocket")),
    "te": block((b"te", b"gzip, trailers")),
    "two lengths": block((b"content-length", b"0"), (b"content-length", b"0")),
    "signed length": block((b"content-length", b"+1")),
    "list of lengths": block((b"content-length", b"1, 1")),
}


@pytest.mark.parametrize("case", MALFORMED)
@pytest.mark.parametrize("is_ended", [True, False])
def test_malformed_requests_are_refused(case: str, is_ended: bool) -> None:
    with pytest.raises(BadMessage) as caught:
        read_request(MALFORMED[case], is_ended=is_ended)
    assert caught.value.status == 400


def test_an_ended_request_cannot_have_a_length() -> None:
    assert read_request(block((b"content-length", b"0")), is_ended=True).size == 0
    with pytest.raises(BadMessage):
        read_request(block((b"content-length", b"1")), is_ended=True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [([(b"x", b"y" * 65536)], 431), ([(b"x", b"")] * 501, 431), ([(b"x", b"")] * 490, 0), ([(b"x", b"y" * 65000)], 0)],
)
def test_large_heads_are_refused(fields: Fields, status: int) -> None:
    try:
        read_request(block(*fields), is_ended=True)
    except BadMessage as error:
        assert error.status == status
    else:
        assert status == 0


def test_connect_is_refused() -> None:
    with pytest.raises(BadMessage) as caught:
        read_request([(b":method", b"CONNECT"), (b":authority", b"a.test:22")], is_ended=False)
    assert caught.value.status == 501


def test_trailers_that_would_change_the_message_are_dropped() -> None:
    trailers = read_trailers([(b"x-sum", b"7"), (b"content-length", b"3"), (b"host", b"b.test")])
    assert trailer_block(trailers) == [(b"x-sum", b"7")]


@pytest.mark.parametrize("name", [b":path", b"X-Sum", b"connection", b"x\r\n"])
def test_malformed_trailers_are_refused(name: bytes) -> None:
    with pytest.raises(BadMessage):
        read_trailers([(name, b"7")])


def test_a_service_that_speaks_http2_is_asked_the_same() -> None:
    fields = [(b"te", b"trailers"), (b"x-a", b"1"), (b"x-old", b"2")]
    request = read_request(block(*fields), is_ended=False)
    change = HeaderChange(frozenset((b"x-old",)), b"X-New: 3\r\n")
    assert request_block(write_request(request, VISITOR, b"inner.test", change)) == [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/a?b=%20"),
        (b":authority", b"inner.test"),
        (b"x-a", b"1"),
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x-forwarded-host", b"A.test:80"),
        (b"x-forwarded-proto", b"http"),
        (b"x-new", b"3"),
        (b"te", b"trailers"),
    ]


RESPONSE = b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 2\r\nTransfer-Encoding: chunked\r\nX-A:  3 \r\n\r\n"


def test_an_answer_loses_what_belongs_to_http1() -> None:
    written = response_block(parse_response(RESPONSE), NO_CHANGE, b"now")
    assert written == [(b":status", b"200"), (b"x-a", b"1"), (b"x-a", b"3"), (b"date", b"now")]


def test_the_route_changes_an_answer() -> None:
    change = HeaderChange(frozenset((b"x-a", b"date")), b"X-A: 9\r\nDate: then\r\n")
    written = response_block(parse_response(RESPONSE), change, b"now")
    assert written == [(b":status", b"200"), (b"x-a", b"9"), (b"date", b"then")]


def test_a_date_is_kept() -> None:
    response = parse_response(b"HTTP/1.1 204 No\r\nDate: then\r\n\r\n")
    assert response_block(response, NO_CHANGE, b"now") == [(b":status", b"204"), (b"date", b"then")]


def test_an_answer_in_http2_is_read() -> None:
    response = read_response([(b":status", b"200"), (b"grpc-status", b"0"), (b"date", b"then")])
    assert response.status == 200
    assert response_block(response, NO_CHANGE, b"now") == [
        (b":status", b"200"),
        (b"grpc-status", b"0"),
        (b"date", b"then"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b":status", b"0")],
        [(b":status", b"2000")],
        [(b":status", b"200 OK\r\nx: y")],
        [(b":status", b"200"), (b"connection", b"close")],
        [(b":status", b"200"), (b"x", b"1\r\ny: 2")],
    ],
)
def test_malformed_answers_are_refused(fields: Fields) -> None:
    with pytest.raises(BadMessage):
        read_response(fields)
