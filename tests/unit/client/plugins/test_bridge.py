"""All four bridges between real sockets."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.queue import Queue

from frpg.client.plugins import bridge
from frpg.config.common import HeaderOperations
from frpg.config.plugins import BridgePlugin, Http2HttpPlugin, Https2HttpPlugin, Https2HttpsPlugin
from frpg.errors import FrpgError
from tests.support.certificates import SERVER_NAME, Authority, Pair
from tests.support.fake_frps import eventually
from tests.support.http2_visitor import Http2Visitor
from tests.support.ports import free_port
from tests.support.services import Backlog
from tests.support.users import receive_exact
from tests.support.web import Answer, Served, Visitor, answering, chunked, get, head, request, response
from tests.unit.client.plugins.bridged import TYPES, Bridged, TlsService, service_of
from tests.unit.client.plugins.conftest import Plug

MakeBridge = Callable[..., Bridged]  # an answer, and options of the plugin
HELLO = answering(response())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Authority(tmp_path_factory.mktemp("tls"), "ca").issue("service")


@pytest.fixture
def make(plug: Plug, pair: Pair) -> Iterator[MakeBridge]:
    with contextlib.ExitStack() as stack:

        def make(kind: str, answer: Answer = HELLO, *, host: str = "127.0.0.1", **options: object) -> Bridged:
            service = stack.enter_context(service_of(kind, answer, pair))
            bridged = Bridged(plug, kind, service, service.port, host, **options)
            stack.callback(bridged.settle)
            return bridged

        yield make


@pytest.fixture(params=TYPES)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def values(bridged: Bridged, name: str) -> list[bytes]:
    return bridged.service.request.values(name)


# --- heads


def test_the_request_goes_through_as_it_is(make: MakeBridge, kind: str) -> None:
    bridged = make(kind)
    with bridged.visitor() as visitor:
        content = request("POST /a%2Fb//c?x=1&x=2 HTTP/1.1", "X-One: 1", "x-two:2", "Cookie: a=b", body=b"body")
        assert visitor.ask(content).body == b"hello"
    seen = bridged.service.request
    assert (seen.line, seen.body) == (b"POST /a%2Fb//c?x=1&x=2 HTTP/1.1", b"body")
    told = [field for field in seen.fields if not field[0].startswith(b"X-Forwarded")]
    assert told == [
        (b"Host", b"a.test"), (b"X-One", b"1"), (b"x-two", b"2"), (b"Cookie", b"a=b"), (b"Content-Length", b"4")
    ]  # fmt: skip


FROM_BEFORE = (
    "Forwarded: for=2.2.2.2", "X-Forwarded-For: 2.2.2.2", "X-Forwarded-For: 3.3.3.3", "X-Forwarded-Host: before.test",
    "X-Forwarded-Proto: gopher",
)  # fmt: skip


def test_what_is_told_of_the_user(make: MakeBridge, kind: str) -> None:
    bridged = make(kind)
    with bridged.visitor() as visitor:
        visitor.ask(get("/", *FROM_BEFORE))
    told = {
        "http": ([b"2.2.2.2, 3.3.3.3"], [b"before.test"], [b"gopher"]),
        "https": ([b"2.2.2.2, 3.3.3.3, 192.0.2.7"], [b"a.test"], [b"https"]),
    }[kind.partition("2")[0]]
    assert values(bridged, "Forwarded") == []
    assert tuple(values(bridged, f"X-Forwarded-{what}") for what in ("For", "Host", "Proto")) == told


@pytest.mark.parametrize(("kind", "told"), [("http2http", []), ("https2http", [b"192.0.2.7"])])
def test_what_is_told_of_a_user_that_nobody_told_of(make: MakeBridge, kind: str, told: list[bytes]) -> None:
    bridged = make(kind)
    with bridged.visitor() as visitor:
        visitor.ask(get())
    assert values(bridged, "X-Forwarded-For") == told


def test_a_user_that_the_server_does_not_name_has_the_tunnels_address(make: MakeBridge) -> None:
    bridged = make("https2http")
    context = ssl._create_unverified_context()
    with Visitor(context.wrap_socket(bridged.bench.user(("", 0)))) as visitor:
        visitor.ask(get())
    assert values(bridged, "X-Forwarded-For") == [b"198.51.100.1"]


def test_headers_and_host_are_rewritten(make: MakeBridge, kind: str) -> None:
    changes = HeaderOperations(set={"X-From-Where": "frp", "x-one": "ours", "Host": "never.test"})
    bridged = make(kind, host_header_rewrite="inner.test:81", request_headers=changes)
    with bridged.visitor() as visitor:
        visitor.ask(get("/", "X-One: 1", "X-ONE: 2"))
    assert values(bridged, "Host") == [b"inner.test:81"]
    assert (values(bridged, "X-One"), values(bridged, "X-From-Where")) == ([b"ours"], [b"frp"])


def test_hop_by_hop_fields_stay_behind_both_ways(make: MakeBridge) -> None:
    answer = response(b"hello", "Connection: X-There", "X-There: 1", "Keep-Alive: timeout=1", "Proxy-Authenticate: no")
    bridged = make("http2http", answering(answer))
    with bridged.visitor() as visitor:
        got = visitor.ask(
            get("/", "Connection: X-Here, keep-alive", "X-Here: 1", "TE: trailers, gzip", "Keep-Alive: 1")
        )
        assert [name for name, _ in got.fields if name != b"Date"] == [b"Content-Length"]
    names = [name for name, _ in bridged.service.request.fields]
    assert names == [b"Host", b"TE"]
    assert values(bridged, "TE") == [b"trailers"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/?a=1;b=2&c=3", b"/?c=3"),
        (b"/?a=%zz&c=3&d=%41", b"/?c=3&d=%41"),
        (b"/?%", b"/?"),
        (b"/;x?a", b"/;x?a"),
        (b"//other.test/x", b"//other.test/x"),
        (b"http://a.test/x?y", b"/x?y"),
        (b"http://other.test", b"/"),
        (b"HTTP://other.test?q", b"/?q"),
    ],
)
def test_the_target_is_always_one_of_the_service(make: MakeBridge, target: bytes, expected: bytes) -> None:
    bridged = make("http2http")
    with bridged.visitor() as visitor:
        assert visitor.ask(b"GET %b HTTP/1.1\r\nHost: a.test\r\n\r\n" % target).status == 200
    assert bridged.service.request.line == b"GET %b HTTP/1.1" % expected
    host = b"other.test" if b"://other" in target.lower() else b"a.test"
    assert bridged.service.request.values("Host") == [host]


def test_an_old_visitor_with_a_target_that_is_not_passed_on(make: MakeBridge) -> None:
    bridged = make("http2http")
    with bridged.visitor() as visitor:
        assert visitor.ask(b"GET http://b.test/x?a;b HTTP/1.0\r\n\r\n").status == 200
    seen = bridged.service.request
    assert (seen.line, seen.values("Host")) == (b"GET /x? HTTP/1.1", [b"b.test"])


def test_nobody_is_connected_elsewhere(make: MakeBridge, kind: str) -> None:
    bridged = make(kind)
    with bridged.visitor() as visitor:
        answer = visitor.ask(b"CONNECT a.test:22 HTTP/1.1\r\nHost: a.test:22\r\n\r\n")
        assert (answer.status, answer.body) == (405, b"")
    assert bridged.service.connections == []


def test_the_asterisk_is_answered_here(make: MakeBridge) -> None:
    bridged = make("http2http")
    with bridged.visitor() as visitor:
        assert visitor.ask(b"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n").status == 200
    assert bridged.service.connections == []


# --- bodies


def test_a_long_body_both_ways(make: MakeBridge, kind: str) -> None:
    payload = bytes(range(256)) * 8000

    def mirror(served: Served) -> None:
        served.send(response(served.request().body))

    bridged = make(kind, mirror)
    with bridged.visitor() as visitor:
        sending = gevent.spawn(visitor.send, request("POST / HTTP/1.1", body=payload))
        assert visitor.answer().body == payload
        sending.get(timeout=10)
    tally = bridged.bench.tally
    assert tally.received.value > len(payload) < tally.sent.value


def test_chunks_trailers_and_interim_answers(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 103 Early Hints", "Link: </a>"))
        served.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum"))
        served.send(chunked([b"one", b"two"], b"X-Sum: 2\r\n"))
        served.wait_end()

    bridged = make(kind, answer)
    with bridged.visitor() as visitor:
        content = head("POST / HTTP/1.1", "Host: a.test", "TE: trailers", "Transfer-Encoding: chunked")
        visitor.send(content + chunked([b"a", b"bc"], b"X-There: 1\r\n"))
        assert visitor.answer().status == 103
        last = visitor.answer()
    assert (last.status, last.body, last.trailers) == (200, b"onetwo", b"X-Sum: 2\r\n")
    bridged.settle()
    assert (bridged.service.request.body, bridged.service.request.trailers) == (b"abc", b"X-There: 1\r\n")


def test_events_come_one_by_one(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close"))
        for number in range(3):
            served.send(b"data: %d\n\n" % number)
            assert heard.get(timeout=10) == number

    heard: Queue[int] = Queue()
    bridged = make(kind, answer)
    with bridged.visitor() as visitor:
        visitor.send(get())
        visitor.reader.head()
        for number in range(3):
            assert b"data: %d\n\n" % number in visitor.reader.until(b"\n\n")
            heard.put(number)


def test_an_upgrade_is_a_tunnel(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        seen = served.request()
        assert (seen.values("Upgrade"), seen.values("Connection")) == ([b"websocket"], [b"Upgrade"])
        served.send(head("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"), b"first")
        assert served.reader.exact(5) == b"\x81\x03abc"
        served.send(b"\x81\x03def")
        served.wait_end()

    bridged = make(kind, answer)
    with bridged.visitor() as visitor:
        assert visitor.ask(get("/ws", "Connection: keep-alive, Upgrade", "Upgrade: websocket")).status == 101
        assert visitor.reader.exact(5) == b"first"
        visitor.send(b"\x81\x03abc")
        assert visitor.reader.exact(5) == b"\x81\x03def"
        assert bridged.bench.tally.connections == 1
        bridged.bench.plugin._site.retire()  # a tunnel goes on
        assert bridged.bench.tally.connections == 1
    assert bridged.service.next().ended.wait(10)


# --- connections


def test_connections_are_kept_on_both_sides(make: MakeBridge, kind: str) -> None:
    bridged = make(kind)
    with bridged.visitor() as one:
        for _ in range(3):
            assert one.ask(get()).status == 200
        with bridged.visitor() as other:
            assert other.ask(get()).status == 200
        assert bridged.bench.tally.connections == 2
    assert [len(served.requests) for served in bridged.service.connections] == [4]


def test_what_cannot_be_reached_is_a_502_without_words(plug: Plug, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with plug(Http2HttpPlugin(local_addr=f"127.0.0.1:{port}")).visitor() as visitor:
        for _ in range(2):
            answer = visitor.ask(get())
            assert (answer.status, answer.body, answer.values("Content-Type")) == (502, b"", [])
    text = f"[run] [web] http: proxy error: dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert caplog.text.count(text) == 2


def test_a_service_without_tls_behind_2https_is_a_502(
    plug: Plug, make: MakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    plain = make("http2http", lambda served: served.send(b"HTTP/1.0 400 Bad Request\r\n\r\n"))
    with plug(TYPES["http2https"](local_addr=f"127.0.0.1:{plain.service.port}")).visitor() as visitor:
        assert visitor.ask(get()).status == 502
    assert "http: proxy error: [SSL: " in caplog.text


def test_a_service_that_says_garbage_or_nothing_is_a_502(make: MakeBridge, kind: str) -> None:
    answers = [b"garbage\r\n\r\n", b""]

    def answer(served: Served) -> None:
        served.request()
        served.send(answers.pop(0))

    bridged = make(kind, answer)
    with bridged.visitor() as visitor:
        assert [visitor.ask(request("POST / HTTP/1.1", body=b"x")).status for _ in range(2)] == [502, 502]


def test_an_answer_that_breaks_off_breaks_off_for_the_user(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + b"half")

    with make(kind, answer).visitor() as visitor:
        visitor.send(get())
        assert visitor.breaks_off()


def test_a_user_that_leaves_takes_its_request_along(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.wait_end()

    bridged = make(kind, answer)
    with bridged.visitor() as visitor:
        visitor.send(get())
        served = bridged.service.next()
        assert eventually(lambda: served.requests)
    assert served.ended.wait(10)


def test_users_that_break_off_anywhere_leave_nothing(make: MakeBridge, kind: str) -> None:
    bridged = make(kind)
    content = head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked") + chunked([b"a", b"bc"])
    for size in range(0, len(content) + 1, 5):
        with bridged.visitor() as visitor:
            visitor.send(content[:size])
    assert eventually(lambda: bridged.bench.tally.connections == 0)
    web = bridged.bench.plugin._upstreams.web
    assert eventually(lambda: web.connections == len(web.backends))


def test_the_name_that_the_service_is_asked_for_is_of_its_address(make: MakeBridge) -> None:
    for host, names in (("localhost", ["localhost"]), ("127.0.0.1", [None])):
        bridged = make("http2https", host=host, host_header_rewrite="other.test")
        with bridged.visitor() as visitor:
            assert visitor.ask(get()).status == 200
        assert isinstance(bridged.service, TlsService)
        assert bridged.service.names == names


def test_a_closed_bridge_ends_who_rests_and_serves_who_waits(make: MakeBridge, kind: str) -> None:
    def answer(served: Served) -> None:
        while True:
            if served.request().line == b"GET /slow HTTP/1.1":
                assert may_answer.wait(10)
            served.send(response())

    may_answer = Event()
    bridged = make(kind, answer)
    with bridged.visitor() as resting, bridged.visitor() as waiting:
        resting.ask(get())
        waiting.send(get("/slow"))
        assert eventually(lambda: len(bridged.service.requests) == 2)
        bridged.settle()
        assert resting.reader.is_over()
        may_answer.set()
        answered = waiting.answer()
        assert (answered.status, answered.body) == (200, b"hello")
        assert waiting.reader.is_over()
    assert all(served.ended.wait(10) for served in bridged.service.connections)


# --- TLS with users


def test_http2_under_tls(make: MakeBridge) -> None:
    bridged = make("https2https")
    secure = bridged.bench.tls_user("a.test", "h2", "http/1.1")
    assert secure.selected_alpn_protocol() == "h2"
    with Http2Visitor(secure) as visitor:
        answers = [visitor.get(b"/one"), visitor.get(b"/two")]
        assert [(answer.status, bytes(answer.body)) for answer in answers] == [(200, b"hello")] * 2
        stream_id = visitor.begin(b"/up")
        visitor.upload(stream_id, b"x" * 300_000)
        assert visitor.finished(stream_id).status == 200
        assert visitor.get(b"/", (b":authority", b"b.test")).status in (400, 421)
        bridged.bench.plugin._site.retire()
        visitor.until(lambda: visitor.goaway is not None)
    assert [len(seen.body) for seen in bridged.service.requests] == [0, 0, 300_000]
    assert bridged.service.requests[0].values("X-Forwarded-Proto") == [b"https"]


@pytest.mark.parametrize(("offered", "agreed"), [(("h2", "http/1.1"), "http/1.1"), (("h2",), None), ((), None)])
def test_http2_may_be_switched_off(make: MakeBridge, offered: tuple[str, ...], agreed: str | None) -> None:
    bridged = make("https2http", enable_http2=False)
    secure = bridged.bench.tls_user("a.test", *offered)
    assert secure.selected_alpn_protocol() == agreed
    with Visitor(secure) as visitor:
        assert visitor.ask(get()).status == 200
    with bridged.bench.tls_visitor() as visitor:
        assert visitor.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505


def test_http2_in_clear_text_by_prior_knowledge(make: MakeBridge) -> None:
    with Http2Visitor(make("http2http").bench.user()) as visitor:
        assert visitor.get().status == 200


@pytest.mark.parametrize(
    ("name", "host", "status"),
    [
        ("a.test", "a.test", 200), ("a.test", "A.Test.:443", 200), ("A.TEST", "a.test", 200), (None, "b.test", 200),
        ("a.test", "b.test", 421), ("a.test", "a.test.b.test", 421), ("a.test", "", 421),
    ],
)  # fmt: skip
def test_a_request_for_another_host_is_misdirected(make: MakeBridge, name: str | None, host: str, status: int) -> None:
    bridged = make("https2http")
    with bridged.bench.tls_visitor(name) as visitor:
        for _ in range(2):
            answer = visitor.ask(get(host=host))
            assert answer.status == status
        assert status == 200 or answer.body == b""
    assert bool(bridged.service.connections) == (status == 200)


def test_what_is_no_tls_is_closed(plug: Plug) -> None:
    user = plug(Https2HttpPlugin(local_addr="127.0.0.1:1")).user()
    user.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert user.recv(1) == b""


def test_a_user_that_never_says_hello_is_not_waited_for(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "HANDSHAKE_TIMEOUT", 0.05)
    bench = plug(Https2HttpPlugin(local_addr="127.0.0.1:1"))
    assert bench.user().recv(1) == b""
    assert bench.tally.connections == 0


def test_a_handshake_that_stops_half_way_is_not_waited_for(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "HANDSHAKE_TIMEOUT", 0.2)
    bench = plug(Https2HttpPlugin(local_addr="127.0.0.1:1"))
    user = bench.user()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl._create_unverified_context().wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    user.sendall(outgoing.read())
    while user.recv(4096):
        pass


def test_the_certificate_is_that_of_the_files(plug: Plug, local: Backlog, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "users")
    pair = authority.issue("server")
    config = Https2HttpPlugin(local_addr=f"127.0.0.1:{local.port}", crt_path=pair.cert, key_path=pair.key)
    context = ssl.create_default_context(cafile=authority.file)
    with context.wrap_socket(plug(config).user(), server_hostname=SERVER_NAME) as user:
        user.sendall(get(host=SERVER_NAME))
        with local.accept() as served:
            assert receive_exact(served, 3) == b"GET"
            served.shutdown(socket.SHUT_RDWR)
        assert receive_exact(user, 12) == b"HTTP/1.1 502"


# --- the start


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (Http2HttpPlugin(), r"localAddr \[\] is not host:port"),
        (Http2HttpPlugin(local_addr="http://a:80"), r"localAddr \[http://a:80\] is not host:port"),
        (Http2HttpPlugin(local_addr="a:1", host_header_rewrite="b c"), "hostHeaderRewrite"),
        (
            Https2HttpPlugin(local_addr="a:1", crt_path="/no.crt", key_path="/no.key"),
            "^gen TLS config error: open /no.crt: no such file or directory",
        ),
        (
            Https2HttpsPlugin(local_addr="a:1", request_headers=HeaderOperations(set={"X": "a\r\nb"})),
            r"header \[X\] cannot be set",
        ),
    ],
)
def test_options_that_cannot_work_are_start_errors(plug: Plug, config: BridgePlugin, reason: str) -> None:
    with pytest.raises(FrpgError, match=reason):
        plug(config)
