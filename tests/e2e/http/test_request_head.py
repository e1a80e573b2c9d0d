"""What of a request's head reaches the service."""

import pytest

from tests.support.lab import Lab
from tests.support.web import Web, get, head, needs_our_frps, request


def test_path_and_query_pass_byte_for_byte(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish()
    targets = [
        "/?",
        "/?a=b;c=%zz&d=%20e&f",
        "/a%2Fb/../%41//c?%&&=",
        "/?q=a|b{c}'\"<>\\^`",
        "/\xc3\xa9?\xff",
        "/?a?b/c",
    ]
    with web.visitor() as visitor:
        for target in targets:
            assert visitor.ask(get(target)).status == 200, target
    assert [seen.line for seen in service.requests] == [f"GET {t} HTTP/1.1".encode("latin-1") for t in targets]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PROPFIND", "M-SEARCH", "get", "X"])
def test_methods_pass(lab: Lab, method: str) -> None:
    web = Web(lab)
    service = web.publish()
    assert web.ask(request(f"{method} /x HTTP/1.1")).status == 200
    assert service.request.line == f"{method} /x HTTP/1.1".encode()


def test_order_and_case_are_kept(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish()
    fields = [
        "x-UPPER-lower: 1",
        "Accept: */*",
        "cookie: a=b",
        "X_under: 2",
        "ACCEPT: text/html",
        "a: ",
        "Zebra: \xe9\t\xff x",
        "b: 3",
    ]
    assert web.ask(head("GET / HTTP/1.1", *fields[:3], "hOsT: a.test", *fields[3:])).status == 200
    lines = service.request.head.decode("latin-1").split("\r\n")[1:-2]
    assert lines == [*fields[:3], "hOsT: a.test", *fields[3:], *lines[9:]]
    assert [line.partition(":")[0] for line in lines[9:]] == [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
    ]


def test_repeated_fields_keep_their_order(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(get("/", "X-Many: 1", "X-Other: x", "x-many: 2", "X-MANY: 1"))
    assert service.request.values("X-Many") == [b"1", b"2", b"1"]


@pytest.mark.parametrize("host", ["a.test", "A.Test", "a.test:8080", "a.test."])
def test_host_passes_as_it_came(lab: Lab, host: str) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(get(host=host))
    assert service.request.values("Host") == [host.encode()]
    assert service.request.values("X-Forwarded-Host") == [host.encode()]


def test_host_rewrite(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(hostHeaderRewrite="Inner.test:81")
    web.ask(get("/x", host="a.test"))
    assert service.request.values("Host") == [b"Inner.test:81"]
    assert service.request.values("X-Forwarded-Host") == [b"a.test"]


def test_absolute_form(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(request("GET http://a.test/x?y HTTP/1.1"))
    assert service.request.line == b"GET http://a.test/x?y HTTP/1.1"
    assert service.request.values("Host") == [b"a.test"]


def test_absolute_form_with_host_rewrite(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(hostHeaderRewrite="inner.test")
    web.ask(request("GET http://a.test/x?y HTTP/1.1"))
    assert service.request.line == b"GET http://inner.test/x?y HTTP/1.1"
    assert service.request.values("Host") == [b"inner.test"]


def test_request_headers_are_set(lab: Lab) -> None:
    web = Web(lab)
    headers = {"X-Set": "from client", "x-from-where": "frp", "X-Forwarded-Proto": "https"}
    service = web.publish(**{f"requestHeaders.set.{name}": value for name, value in headers.items()})
    web.ask(get("/", "X-Set: visitor's", "x-set: again", "X-Other: kept"))
    seen = service.request
    assert {name: seen.values(name) for name in (*headers, "X-Other")} == {
        "X-Set": [b"from client"],
        "x-from-where": [b"frp"],
        "X-Forwarded-Proto": [b"https"],
        "X-Other": [b"kept"],
    }


def test_host_cannot_be_set_as_a_header(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(**{"requestHeaders.set.Host": "evil.test"})
    assert web.ask(get()).status == 200
    assert service.request.values("Host") == [b"a.test"]


def test_forwarded_fields(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    with web.visitor() as visitor:
        visitor.ask(get())
        visitor.ask(
            get(
                "/",
                "X-Forwarded-For: 1.2.3.4, 5.6.7.8",
                "X-Forwarded-For: 9.9.9.9",
                "X-Forwarded-Host: evil.test",
                "X-Forwarded-Proto: https",
                "Forwarded: for=1.2.3.4",
                "X-Real-IP: 1.2.3.4",
            )
        )
    plain, told = service.requests
    for seen in (plain, told):
        assert seen.values("X-Forwarded-Host") == [b"a.test"]
        assert seen.values("X-Forwarded-Proto") == [b"http"]
        assert not seen.values("Forwarded")
    assert plain.values("X-Forwarded-For") == [b"127.0.0.1"]
    assert told.values("X-Forwarded-For") == [b"1.2.3.4, 5.6.7.8, 9.9.9.9, 127.0.0.1"]
    assert told.values("X-Real-IP") == [b"1.2.3.4"]


def test_what_concerns_one_connection_only_is_not_passed_on(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(
        get(
            "/",
            "Connection: keep-alive, X-Hop",
            "connection: x-second",
            "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive",
            "Proxy-Authorization: Basic eDp5",
            "X-Hop: 1",
            "X-Second: 2",
            "X-End: 3",
            "TE: gzip",
            "Upgrade: websocket",
        )
    )
    names = {name.lower() for name, _ in service.request.fields}
    assert b"x-end" in names
    gone = b"connection keep-alive proxy-connection proxy-authorization x-hop x-second te upgrade".split()
    assert not names & set(gone)


def test_te_trailers_is_kept(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(get("/", "TE: trailers, deflate;q=0.5", "Connection: TE"))
    assert service.request.values("TE") == [b"trailers"]


def test_nothing_is_added_that_changes_the_answer(lab: Lab) -> None:
    """No Accept-Encoding, no User-Agent."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish()
    web.ask(get())
    names = [name for name, _ in service.request.fields]
    assert names == [b"Host", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Proto"]


def test_the_service_is_always_spoken_to_in_1_1(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(request("GET /old HTTP/1.0"))
    assert service.request.line == b"GET /old HTTP/1.1"
    assert service.request.values("Host") == [b"a.test"]


def test_an_empty_post_says_so(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    web.ask(request("POST / HTTP/1.1", "Content-Length: 0"))
    assert service.request.values("Content-Length") == [b"0"]


def test_a_head_may_come_byte_by_byte(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    with web.visitor() as visitor:
        content = get("/slow", "X-A: b")
        visitor.send(*(content[at : at + 1] for at in range(len(content))))
        assert visitor.answer().body == b"hello"
    assert service.request.line == b"GET /slow HTTP/1.1"
