"""Fetching pages by host name in scripts/bench, and its idle visitors."""

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from scripts.bench_lib.errors import ContenderFailed
from scripts.bench_lib.plans import Routes
from scripts.bench_lib.tools import visitors
from scripts.bench_lib.web import fetch, wait_pages

PAGE = b"page " * 200


class Sites(BaseHTTPRequestHandler):
    """Knows the hosts in `known`; every refusal makes it learn the next one of `coming`."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # header and body in one piece
    known: set[str]
    coming: list[str]

    def do_GET(self) -> None:
        is_known = self.headers["Host"] in self.known
        self.send_response(200 if is_known else 404)
        body = PAGE if is_known else b"no"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if not is_known and self.coming:
            self.known.add(self.coming.pop(0))

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def served(*known: str, coming: tuple[str, ...] = ()) -> Iterator[int]:
    handler = type("Handler", (Sites,), {"known": set(known), "coming": list(coming)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_page_is_fetched_by_host_name() -> None:
    with served("a.example") as port:
        assert fetch(port, "a.example", "/") == PAGE
        with pytest.raises(ContenderFailed, match=r"b\.example/x: status 404"):
            fetch(port, "b.example", "/x")


def test_a_closed_port_is_a_failure_of_the_contender() -> None:
    with served() as port:
        pass
    with pytest.raises(ContenderFailed, match="refused"):
        fetch(port, "a.example", "/")


def test_every_site_is_waited_for_and_progress_is_told() -> None:
    sites = Routes(203).sites(1, 2)
    *early, one, two = (site.domain for site in sites)
    told: list[str] = []
    with served(*early, coming=(one, two)) as port:
        wait_pages(port, sites, 30.0, lambda: None, told.append)
        assert fetch(port, two, "/") == PAGE
    assert told == ["100 of 203 sites", "200 of 203 sites"]


def test_a_site_that_never_comes_is_a_failure() -> None:
    with (
        served("site-0.example") as port,
        pytest.raises(ContenderFailed, match=r"1 of 2 sites .*, then site-1\.example/: status 404"),
    ):
        wait_pages(port, Routes(2).sites(1, 2), 0.0, lambda: None, lambda text: None)


def test_a_dead_end_ends_the_wait() -> None:
    def check() -> None:
        raise ContenderFailed("server ended")

    with served() as port, pytest.raises(ContenderFailed, match="server ended"):
        wait_pages(port, Routes(1).sites(1, 2), 30.0, check, lambda text: None)


def test_a_visitor_reads_its_whole_answer_and_stays() -> None:
    with served("a.example") as port, visitors.visit(port, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n") as stream:
        stream.setblocking(False)
        with pytest.raises(BlockingIOError):
            stream.recv(1)


def test_a_visitor_that_is_refused_tells_how(capsys: pytest.CaptureFixture[str]) -> None:
    with served() as port, pytest.raises(SystemExit):
        visitors.visit(port, b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    assert "HTTP/1.1 404" in capsys.readouterr().out


@pytest.mark.parametrize("cut", [0, 10, 30])
def test_the_size_of_an_answer_is_unknown_before_its_header_is_complete(cut: int) -> None:
    assert visitors.answer_size(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"[:cut]) > cut


def test_the_size_of_an_answer_counts_its_header() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-LENGTH:  5\r\n\r\n"
    assert visitors.answer_size(head + b"12") == len(head) + 5
