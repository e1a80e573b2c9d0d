"""Health checks of the client: a proxy is published while its service is well, and only then."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.lab import Lab, nest
from tests.support.names import KINDS, Front, front, read_head, web_ports
from tests.support.program import Program
from tests.support.switch import Switch, switch
from tests.support.users import connect, receive_exact
from tests.support.waiting import eventually

HOST = "www.example.test"
NAME = "checked"
TCP_CHECK = {"healthCheck.type": "tcp", "healthCheck.intervalSeconds": 1, "healthCheck.timeoutSeconds": 2}
HTTP_CHECK = TCP_CHECK | {"healthCheck.type": "http", "healthCheck.path": "/health"}


class Ward:
    """A server, and a client with one checked proxy and another one without a check."""

    def __init__(self, lab: Lab, kind: str) -> None:
        self._lab, options = lab, web_ports()
        self.front: Front = front(kind, options)
        self.server: Program = lab.frps(options)

    def admit(self, service: Switch, check: dict[str, Any]) -> Program:
        """Start the client; its other proxy runs when this returns."""
        other = Front("tcp", front("tcp", {}).port).proxy("unchecked", self._lab.tcp_echo())
        checked = self.front.proxy(NAME, service.port, HOST, **check)
        client = self._lab.start_frpc(self.server.port, {"proxies": [nest(checked), other]})
        client.wait_for("[unchecked] start proxy success")
        return client

    def is_served(self) -> bool:
        try:
            return self.front.visit(HOST) == "well"
        except OSError:
            return False


class Patient:
    """An http service: `answers` are what it says to health checks, the last one for ever; "well" to visitors."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.heads: list[bytes] = []  # of the checks so far

    def serve(self, connection: socket.socket) -> None:
        while head := read_head(connection):
            if b" / " in head:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell")
            else:
                self.heads.append(head)
                connection.sendall(self._next().encode())

    def _next(self) -> str:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def answer(status: str, *headers: str, body: str = "") -> str:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body])


@pytest.fixture
def well(lab: Lab) -> Iterator[Switch]:
    """A service for tcp proxies that echoes."""
    with switch(Front("tcp", 0).service("well")) as service:
        yield service


@contextlib.contextmanager
def patient(*answers: str) -> Iterator[tuple[Patient, Switch]]:
    who = Patient(*answers)
    with switch(who.serve) as service:
        yield who, service


@pytest.mark.parametrize("kind", KINDS)
def test_published_while_the_service_is_there(lab: Lab, kind: str) -> None:
    ward = Ward(lab, kind)
    with switch(ward.front.service("well")) as service:
        service.off()
        client = ward.admit(service, TCP_CHECK)
        client.wait_for(f"[{NAME}] do one health check failed: ", count=2)
        assert not ward.server.matching(f"new proxy [{NAME}]")
        assert not ward.is_served()
        for time in (1, 2):
            service.on()
            client.wait_for(f"[{NAME}] health check status change to success", count=time)
            client.wait_for(f"[{NAME}] health check success", count=time)
            client.wait_for(f"[{NAME}] start proxy success", count=time)
            assert ward.is_served()
            service.off()
            client.wait_for(f"[{NAME}] health check status change to failed", count=time)
            client.wait_for(f"[{NAME}] health check failed", count=time)
            ward.server.wait_for(f"close proxy [{NAME}] success", count=time)
            assert not ward.is_served()
        assert not client.matching("[unchecked] health check")


def test_visitors_of_a_withdrawn_host_get_404(lab: Lab) -> None:
    ward = Ward(lab, "http")
    with switch(ward.front.service("well")) as service:
        client = ward.admit(service, TCP_CHECK)
        client.wait_for(f"[{NAME}] start proxy success")
        service.off()
        ward.server.wait_for(f"close proxy [{NAME}] success")
        with connect(ward.front.port) as visitor:
            visitor.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            assert read_head(visitor).startswith(b"HTTP/1.1 404 Not Found\r\n")


@pytest.mark.parametrize("kind", ["tcp", "http"])
def test_http_check_follows_what_the_service_says(lab: Lab, kind: str) -> None:
    ward = Ward(lab, kind)
    with patient(answer("503 Sick"), answer("200 OK", body="fine"), answer("500 Worse"), answer("204 Better")) as (
        _,
        s,
    ):
        client = ward.admit(s, HTTP_CHECK)
        client.wait_for(f"[{NAME}] do one health check failed: ")
        client.wait_for(f"[{NAME}] start proxy success")
        ward.server.wait_for(f"close proxy [{NAME}] success")
        client.wait_for(f"[{NAME}] start proxy success", count=2)
    assert len(client.matching(f"[{NAME}] do one health check failed: ")) == 2
    assert len(client.matching(f"[{NAME}] health check status change to failed")) == 1


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "299 Fine"])
def test_success_is_any_2xx(lab: Lab, status: str) -> None:
    with patient(answer(status)) as (_, service):
        ward = Ward(lab, "http")
        ward.admit(service, HTTP_CHECK).wait_for(f"[{NAME}] start proxy success")
        assert ward.is_served()


@pytest.mark.parametrize(
    "said", [answer("404 Not Found"), answer("304 Not Modified"), answer("302 Found"), "SSH-2.0-what\r\n", ""]
)
def test_anything_else_is_a_failure(lab: Lab, said: str) -> None:
    with patient(said) as (_, service):
        ward = Ward(lab, "http")
        client = ward.admit(service, HTTP_CHECK | {"healthCheck.timeoutSeconds": 1})
        client.wait_for(f"[{NAME}] do one health check failed: ", count=2)
        assert not ward.server.matching(f"new proxy [{NAME}]")


def test_redirects_are_followed_but_not_for_ever(lab: Lab) -> None:
    with patient(answer("302 Found", "Location: /elsewhere"), answer("204 No Content")) as (who, service):
        Ward(lab, "http").admit(service, HTTP_CHECK).wait_for(f"[{NAME}] start proxy success")
        assert [head.split(b" ")[1] for head in who.heads[:2]] == [b"/health", b"/elsewhere"]
    with patient(answer("302 Found", "Location: /health")) as (who, service):
        client = Ward(lab, "http").admit(service, HTTP_CHECK)
        client.wait_for(f"[{NAME}] do one health check failed: ")
        assert 10 <= len(who.heads) <= 11


def test_what_a_check_asks_for(lab: Lab) -> None:
    headers = [("X-One", "first"), ("Host", "health.test"), ("x-one", "last"), ("X-Two", "2")]
    check = HTTP_CHECK | {
        "healthCheck.path": "status?deep=1",
        "healthCheck.httpHeaders": [{"name": name, "value": value} for name, value in headers],
    }
    with patient(answer("200 OK")) as (who, service):
        Ward(lab, "http").admit(service, check).wait_for(f"[{NAME}] start proxy success")
        request, *fields = who.heads[0].decode().rstrip().split("\r\n")
    assert request == "GET /status?deep=1 HTTP/1.1"
    seen = [tuple(field.lower().split(": ", 1)) for field in fields]
    assert [value for name, value in seen if name == "host"] == ["health.test"]
    assert [value for name, value in seen if name.startswith("x-")] == ["last", "2"]


def test_own_address_is_the_host_unless_another_is_given(lab: Lab) -> None:
    with patient(answer("200 OK")) as (who, service):
        Ward(lab, "tcp").admit(service, HTTP_CHECK).wait_for(f"[{NAME}] start proxy success")
        assert f"\r\nHost: 127.0.0.1:{service.port}\r\n".encode() in who.heads[0]


@pytest.mark.usefixtures("frpg_only")  # frp counts all failures there ever were
def test_only_failures_in_a_row_count(lab: Lab) -> None:
    good, bad = answer("200 OK"), answer("500 Bad")
    with patient(bad, bad, bad, good, bad, good, bad, good, bad, bad, good) as (who, service):
        client = Ward(lab, "http").admit(service, HTTP_CHECK | {"healthCheck.maxFailed": 2})
        client.wait_for(f"[{NAME}] health check status change to failed")
        assert len(who.heads) == 10
        client.wait_for(f"[{NAME}] health check status change to success", count=2)
        assert len(client.matching(f"[{NAME}] health check status change to failed")) == 1


def test_max_failed_is_how_many_it_takes(lab: Lab, well: Switch) -> None:
    client = Ward(lab, "tcp").admit(well, TCP_CHECK | {"healthCheck.maxFailed": 3})
    client.wait_for(f"[{NAME}] start proxy success")
    well.off()
    last = client.wait_for(f"[{NAME}] health check status change to failed")
    before = client.lines[: client.lines.index(last)]
    assert len([line for line in before if f"[{NAME}] do one health check failed: " in line]) == 3


def test_service_that_does_not_answer_in_time_is_ill(lab: Lab) -> None:
    with switch(read_all) as silent:
        check = HTTP_CHECK | {"healthCheck.timeoutSeconds": 1}
        ward = Ward(lab, "http")
        ward.admit(silent, check).wait_for(f"[{NAME}] do one health check failed: ")
        assert not ward.server.matching(f"new proxy [{NAME}]")


def read_all(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def test_joined_connections_outlive_the_withdrawal(lab: Lab) -> None:
    ward = Ward(lab, "tcp")
    with switch(echo) as service:
        client = ward.admit(service, TCP_CHECK)
        client.wait_for(f"[{NAME}] start proxy success")
        with connect(ward.front.port) as user:
            user.sendall(b"before")
            assert receive_exact(user, 6) == b"before"
            service.off(cut=False)
            ward.server.wait_for(f"close proxy [{NAME}] success")
            user.sendall(b"after")
            assert receive_exact(user, 5) == b"after"


def test_checks_leave_no_connection_behind(lab: Lab, well: Switch) -> None:
    client = Ward(lab, "tcp").admit(well, TCP_CHECK)
    client.wait_for(f"[{NAME}] start proxy success")
    eventually(lambda: well.visits >= 3, what="no more checks came")

    def open_checks() -> int:
        connections = client.usage().net_connections("tcp")
        return len([c for c in connections if c.raddr and c.raddr.port == well.port])

    eventually(lambda: open_checks() == 0, timeout=3, what="the client keeps the connections of its checks")


def test_end_of_the_server_and_a_new_login(lab: Lab, well: Switch) -> None:
    """A service that is well stays so over a reconnection: the proxy is announced to the new server at once."""
    ward = Ward(lab, "tcp")
    client = ward.admit(well, TCP_CHECK | {"healthCheck.intervalSeconds": 600})
    client.wait_for(f"[{NAME}] start proxy success")
    port = ward.server.port
    ward.server.kill()
    lab.frps({"bindPort": port})
    client.wait_for(f"[{NAME}] start proxy success", count=2, timeout=30)
    assert ward.is_served()


def test_http_check_without_a_path_is_refused(lab: Lab) -> None:
    proxy = Front("tcp", 1).proxy(NAME, 1) | {"healthCheck": {"type": "http"}}
    client = lab.start_frpc(1, {"proxies": [proxy]})
    assert client.wait_exit() == 1
    assert "health check path should not be empty" in client.text
