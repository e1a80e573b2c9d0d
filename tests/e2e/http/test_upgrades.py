"""Upgraded connections, WebSocket above all: raw bytes both ways behind the 101."""

import socket

import pytest

from tests.support.lab import Lab
from tests.support.users import receive_all
from tests.support.web import Served, Web, get, head, needs_our_frps, request, response

ASKS = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


def switching(protocol: str = "websocket", *fields: str) -> bytes:
    return head("HTTP/1.1 101 Switching Protocols", f"Upgrade: {protocol}", "Connection: Upgrade", *fields)


def echo(served: Served) -> None:
    """Switch, say a word at once, then send back what comes until its end."""
    served.requests.append(served.reader.head())
    served.send(switching("websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") + b"\x81\x05first")
    if early := served.reader.ahead:
        served.send(early)
    while data := served.connection.recv(65536):
        served.send(data)
    served.ended.set()
    served.connection.shutdown(socket.SHUT_WR)


def test_websocket(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(echo)
    with web.visitor() as visitor:
        visitor.send(get("/chat", *ASKS))
        answer = visitor.answer()
        assert answer.line == b"HTTP/1.1 101 Switching Protocols"
        assert answer.values("Sec-WebSocket-Accept") == [b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
        assert answer.has_token("Connection", b"upgrade")
        assert answer.values("Upgrade") == [b"websocket"]
        assert visitor.reader.exact(7) == b"\x81\x05first"
        content = bytes(range(256)) * 2000
        visitor.send(content)
        assert visitor.reader.exact(len(content)) == content
    assert service.next().ended.wait(10)
    seen = service.request
    assert seen.line == b"GET /chat HTTP/1.1"
    assert [value.lower() for value in seen.values("Connection")] == [b"upgrade"]
    assert seen.values("Upgrade") == [b"websocket"]
    assert seen.values("Sec-WebSocket-Key") == [b"dGhlIHNhbXBsZSBub25jZQ=="]


def test_data_right_behind_the_request(lab: Lab) -> None:
    """Sent before the 101 is here."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    web.publish(echo)
    with web.visitor() as visitor:
        visitor.send(get("/", *ASKS) + b"early bird")
        assert visitor.answer().status == 101
        assert visitor.reader.exact(7) == b"\x81\x05first"
        assert visitor.reader.exact(10) == b"early bird"


def test_half_close(lab: Lab, frpg_only: None) -> None:
    """A visitor that has said all still gets its answer."""
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(switching())
        served.send(b"you said " + served.reader.rest())

    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get("/", *ASKS))
        assert visitor.answer().status == 101
        visitor.send(b"hello")
        visitor.connection.shutdown(socket.SHUT_WR)
        assert visitor.reader.rest() == b"you said hello"


def test_the_service_ends(lab: Lab) -> None:
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(switching() + b"bye")

    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get("/", *ASKS))
        assert visitor.answer().status == 101
        assert visitor.reader.rest() == b"bye"


def test_response_headers_are_set_on_a_101(lab: Lab) -> None:
    web = Web(lab)
    web.publish(echo, **{"responseHeaders.set.X-Set": "x"})
    with web.visitor() as visitor:
        visitor.send(get("/", *ASKS))
        assert visitor.answer().values("X-Set") == [b"x"]


def test_another_protocol(lab: Lab) -> None:
    web = Web(lab)

    def serve(served: Served) -> None:
        asked = served.reader.head()
        served.send(switching("Chat/2") + asked.values("Upgrade")[0])

    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get("/", "Connection: keep-alive, upgrade", "Upgrade: chat/2"))
        assert visitor.answer().status == 101
        assert visitor.reader.exact(6) == b"chat/2"


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "426 Upgrade Required"])
def test_a_service_that_does_not_switch(lab: Lab, status: str) -> None:
    """It is an answer like others, and the connection goes on with requests."""
    web = Web(lab)

    def serve(served: Served) -> None:
        while True:
            served.send(response(b"no", status=status) if served.request().values("Upgrade") else response())

    web.publish(serve)
    with web.visitor() as visitor:
        assert visitor.ask(get("/", *ASKS)).body == b"no"
        assert visitor.ask(get()).body == b"hello"


def test_a_service_that_switches_to_something_else(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(switching("other"), b"secret")
        served.wait_end()

    service = web.publish(serve)
    with web.visitor() as visitor:
        answer = visitor.ask(get("/", *ASKS))
        assert answer.status == 502
        assert b"secret" not in answer.body
    assert service.next().ended.wait(10)


def test_a_service_that_switches_unasked(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(switching(), b"secret")
        served.wait_end()

    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get("/", "Connection: close"))
        assert b"secret" not in receive_all(visitor.connection)
    assert service.next().ended.wait(10)


def test_version_1_0_cannot_upgrade(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish()
    assert web.ask(request("GET / HTTP/1.0", *ASKS)).status == 200
    assert not service.request.values("Upgrade")


def test_many_at_once(lab: Lab) -> None:
    web = Web(lab)
    web.publish(echo)
    visitors = [web.visitor() for _ in range(20)]
    for visitor in visitors:
        visitor.send(get("/", *ASKS))
    for at, visitor in enumerate(visitors):
        assert visitor.answer().status == 101
        visitor.send(b"%02d" % at)
    for at, visitor in enumerate(visitors):
        assert visitor.reader.exact(9) == b"\x81\x05first%02d" % at
        visitor.close()
