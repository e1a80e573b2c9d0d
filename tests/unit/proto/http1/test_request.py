"""A request's head: read strictly, or refused with the status that tells why."""

import random

import pytest

from frpg.proto.http1.fields import MAX_FIELDS, BadMessage
from frpg.proto.http1.request import CHUNKED, parse_request
from tests.unit.proto.http1.messages import head, random_request


def refusal(data: bytes) -> tuple[int, str]:
    with pytest.raises(BadMessage) as caught:
        request = parse_request(data)
        _ = request.host, request.path  # as the routing does
    return caught.value.status, str(caught.value)


def test_what_a_request_tells() -> None:
    request = parse_request(head("GET /a%2Fb?q=%41 HTTP/1.1", "hOsT:  Example.Test:80 ", "X: y", "te: a", "TE: b"))
    assert (request.method, request.target, request.minor, request.size) == (b"GET", b"/a%2Fb?q=%41", 1, 0)
    assert (request.authority, request.host, request.path) == (b"Example.Test:80", "example.test", "/a/b")
    assert [(field.name, field.value) for field in request.fields][1:] == [(b"X", b"y"), (b"te", b"a"), (b"TE", b"b")]
    assert request.special[b"te"] == b"a, b"
    assert request.keeps_alive
    assert not (request.is_absolute or request.upgrade or request.named or request.has_credentials)


@pytest.mark.parametrize(
    "line",
    [
        "", "GET", "GET /", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / http/1.1", "GET / HTTP/1.1x", "GET /a b HTTP/1.1", "GET /\x00 HTTP/1.1", "GET /\x7f HTTP/1.1",
        "G@T / HTTP/1.1",
        "GET / HTTP/1.1\r", "GET /\x0b HTTP/1.1", "GET / HTTPS/1.1", "G\xcbT / HTTP/1.1", "/ HTTP/1.1",
        "GET /\t HTTP/1.1", ": / HTTP/1.1",
    ],
)  # fmt: skip
def test_no_request_line(line: str) -> None:
    status, text = refusal(head(line, "Host: a"))
    assert (status, text) == (400, "malformed request line")


@pytest.mark.parametrize("version", ["2.0", "1.2", "0.9", "3", "1.10", "11.1", "11"])
def test_other_versions(version: str) -> None:
    assert refusal(head(f"GET / HTTP/{version}", "Host: a")) == (505, "unsupported protocol version")


@pytest.mark.parametrize("target", ["", "a", "*", "a.test:80", "//", "https://a/", "ftp://a/", "http:///", "http://u@a/",
                                    "http://u:p@a/", "http:/a", "http://", "?a", "#", "http://a b/"])  # fmt: skip
def test_targets(target: str) -> None:
    if target == "//":
        assert parse_request(head(f"GET {target} HTTP/1.1", "Host: a")).path == "//"
    else:
        assert refusal(head(f"GET {target} HTTP/1.1", "Host: a"))[0] == 400


@pytest.mark.parametrize(
    ("target", "authority", "rest"),
    [
        ("http://B.test/x?y", b"B.test", b"/x?y"),
        ("HTTP://b:80", b"b:80", b"/"),
        ("http://b?q=/", b"b", b"/?q=/"),
        ("http://[::1]:8/", b"[::1]:8", b"/"),
    ],
)
def test_absolute_form_wins_over_host(target: str, authority: bytes, rest: bytes) -> None:
    request = parse_request(head(f"GET {target} HTTP/1.1", "Host: other"))
    assert (request.is_absolute, request.authority, request.target) == (True, authority, rest)


def test_https_in_the_request_line_is_for_forward_proxies() -> None:
    data = head("GET HTTPS://b:8443/x HTTP/1.1", "Host: other")
    assert refusal(data)[0] == 400
    request = parse_request(data, takes_https=True)
    assert (request.is_absolute, request.is_https, request.authority, request.target) == (True, True, b"b:8443", b"/x")
    assert not parse_request(head("GET http://b/ HTTP/1.1", "Host: a"), takes_https=True).is_https


def test_connect() -> None:
    request = parse_request(head("CONNECT B.test:22 HTTP/1.1"))
    assert (request.host, request.path, request.authority) == ("b.test", "", b"B.test:22")
    assert refusal(head("CONNECT / HTTP/1.1", "Host: a"))[0] == 400
    assert refusal(head("CONNECT http://a/ HTTP/1.1", "Host: a"))[0] == 400


def test_asterisk_form() -> None:
    assert parse_request(head("OPTIONS * HTTP/1.1", "Host: a")).target == b"*"


def test_missing_host() -> None:
    assert refusal(head("GET / HTTP/1.1")) == (400, "missing required Host header")
    assert refusal(head("GET http://a/ HTTP/1.1")) == (400, "missing required Host header")
    assert parse_request(head("GET / HTTP/1.0")).host == ""


@pytest.mark.parametrize("host", ["a b", "a/b", "a,b", "u@a", "a\xe9", "[::1", "a:b", "a#"])
def test_host_that_is_none(host: str) -> None:
    assert refusal(head("GET / HTTP/1.1", f"Host: {host}"))[0] == 400


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/%41%2fb", "/A/b"), ("/a?b/c%zz", "/a"), ("/../%2e%2e//", "/../..//"), ("/%C3%A9", "/é"), ("/\xc3\xa9", "/é"),
        ("/%ff", "/\udcff"), ("/%00%0a", "/\0\n"), ("/+", "/+"), ("/A", "/A"),
    ],
)  # fmt: skip
def test_path(target: str, path: str) -> None:
    assert parse_request(head(f"GET {target} HTTP/1.1", "Host: a")).path == path


@pytest.mark.parametrize("target", ["/%", "/%4", "/%4g", "/%zz", "/a%?x", "/%%41"])
def test_path_with_a_broken_escape(target: str) -> None:
    assert refusal(head(f"GET {target} HTTP/1.1", "Host: a"))[0] == 400


BODIES = {
    "CL+TE": (400, ["Content-Length: 5", "Transfer-Encoding: chunked"]),
    "TE+CL": (400, ["Transfer-Encoding: chunked", "Content-Length: 5"]),
    "two CL": (400, ["Content-Length: 5", "content-length: 5"]),
    "two different CL": (400, ["Content-Length: 5", "Content-Length: 6"]),
    "CL list": (400, ["Content-Length: 5, 5"]),
    "CL sign": (400, ["Content-Length: +5"]),
    "CL empty": (400, ["Content-Length:"]),
    "CL hex": (400, ["Content-Length: 0x5"]),
    "CL huge": (400, ["Content-Length: " + "9" * 30]),
    "two TE": (400, ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
    "TE.TE": (400, ["Transfer-Encoding: chunked", "Transfer-encoding: cow"]),
    "TE list": (501, ["Transfer-Encoding: gzip, chunked"]),
    "TE twice in one": (501, ["Transfer-Encoding: chunked, chunked"]),
    "xchunked": (501, ["Transfer-Encoding: xchunked"]),
    "TE identity": (501, ["Transfer-Encoding: identity"]),
    "TE quoted": (501, ['Transfer-Encoding: "chunked"']),
    "TE parameter": (501, ["Transfer-Encoding: chunked;q=1"]),
    "TE empty": (501, ["Transfer-Encoding:"]),
    "TE with space before the colon": (400, ["Transfer-Encoding : chunked"]),
    "TE folded": (400, ["Transfer-Encoding:", " chunked"]),
    "TE behind a tab": (400, ["\tTransfer-Encoding: chunked"]),
    "TE with a vertical tab": (400, ["Transfer-Encoding: \x0bchunked"]),
    "TE behind a bare LF": (400, ["x: y\nTransfer-Encoding: chunked"]),
    "TE behind a bare CR": (400, ["x: y\rTransfer-Encoding: chunked"]),
    "TE with NUL": (400, ["Transfer-Encoding: chunked\x00"]),
    "two Host": (400, ["Host: a"]),
    "other Host": (400, ["host: b"]),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_others_could_read_in_another_way(name: str) -> None:
    status, lines = BODIES[name]
    assert refusal(head("POST / HTTP/1.1", "Host: a", *lines))[0] == status
    assert refusal(head("POST / HTTP/1.1", *lines, "Host: a"))[0] == status


def test_body_sizes() -> None:
    def size(*lines: str) -> int:
        return parse_request(head("POST / HTTP/1.1", "Host: a", *lines)).size

    assert size() == 0
    assert size("Content-Length: 12") == 12
    assert size("Content-Length:12 \t") == 12
    assert size("TRANSFER-encoding: \tChunked ") == CHUNKED
    assert refusal(head("POST / HTTP/1.0", "Transfer-Encoding: chunked"))[0] == 400


@pytest.mark.parametrize(
    ("minor", "value", "keeps"),
    [(1, None, True), (1, "close", False), (1, "x, CLOSE", False), (1, "keep-alive", True), (1, "closed", True),
     (0, None, False), (0, "Keep-Alive", True), (0, "keep-alive, close", False), (1, "keep-alive, close", False)],
)  # fmt: skip
def test_keeping_alive(minor: int, value: str | None, keeps: bool) -> None:
    lines = [] if value is None else [f"Connection: {value}"]
    assert parse_request(head(f"GET / HTTP/1.{minor}", "Host: a", *lines)).keeps_alive is keeps


def test_upgrade_takes_both_fields_and_http_1_1() -> None:
    def upgrade(minor: int, *lines: str) -> bytes:
        return parse_request(head(f"GET / HTTP/1.{minor}", "Host: a", *lines)).upgrade

    assert upgrade(1, "Connection: x, UPGRADE", "Upgrade: WebSocket ") == b"WebSocket"
    assert upgrade(1, "Upgrade: websocket") == b""
    assert upgrade(1, "Connection: upgrade") == b""
    assert upgrade(0, "Connection: upgrade", "Upgrade: websocket") == b""


@pytest.mark.parametrize("line", ["Upgrade: h2c", "Upgrade: websocket, H2C", "Upgrade: websocket\r\nUpgrade: h2c"])
def test_upgrades_that_would_go_past_the_routes(line: str) -> None:
    fields = ["Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: x", *line.split("\r\n")]
    assert parse_request(head("GET / HTTP/1.1", "Host: a", *fields)).upgrade == b""


@pytest.mark.parametrize("line", ["Content-Length: 5", "Transfer-Encoding: chunked"])
def test_upgrades_with_a_body(line: str) -> None:
    lines = ["Connection: upgrade", "Upgrade: websocket", line]
    assert parse_request(head("GET / HTTP/1.1", "Host: a", *lines)).upgrade == b""


def test_expectation() -> None:
    def expects(minor: int, value: str) -> bool:
        return parse_request(head(f"POST / HTTP/1.{minor}", "Host: a", f"Expect: {value}")).expects_continue

    assert expects(1, "100-Continue")
    assert not expects(0, "100-continue")
    assert not expects(1, "x")


def test_too_many_fields() -> None:
    assert refusal(head("GET / HTTP/1.1", "Host: a", *["x: y"] * MAX_FIELDS))[0] == 431
    parse_request(head("GET / HTTP/1.1", "Host: a", *["x: y"] * (MAX_FIELDS - 1)))


def test_any_garbage_is_refused_or_read() -> None:
    chance = random.Random(3)
    for _ in range(5000):
        data = bytearray(random_request(chance)[0])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data) - 4)] = chance.choice(b"\r\n\0 \t:;,%/\x7f\xff0")
        try:
            request = parse_request(bytes(data))
            _ = request.host, request.path
        except BadMessage:
            continue
        assert b"\n" not in bytes(data).replace(b"\r\n", b"")
        assert b"\0" not in data
