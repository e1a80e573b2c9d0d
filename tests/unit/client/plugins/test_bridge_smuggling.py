"""The corpus of tests/data/smuggling through a bridge, to a service with another parser."""

import contextlib
from collections.abc import Iterator

import pytest

from frpg.config.plugins import Http2HttpPlugin
from tests.support.services import tcp_service
from tests.support.web import Visitor, get
from tests.support.web_corpus import NORMALISED, REFUSED, Case, load
from tests.support.web_judge import Judge, Seen
from tests.unit.client.plugins.conftest import Plug
from tests.unit.client.plugins.plugged import Plugged

QUERIES = ("request_line: bad percent in the query",)  # of which a bridge takes out what cannot be read
CASES = {case.name: case for case in load() if len(case.raw) <= 2000 and case.name not in QUERIES}
MARKER = b"/marker"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge("a.test")


@pytest.fixture
def bench(plug: Plug, judge: Judge) -> Iterator[Plugged]:
    with tcp_service(judge.serve) as port:
        bench = plug(Http2HttpPlugin(local_addr=f"127.0.0.1:{port}"))
        yield bench
        bench.plugin.close()


@pytest.mark.parametrize("name", CASES)
def test_the_service_sees_what_was_asked_and_nothing_else(bench: Plugged, judge: Judge, name: str) -> None:
    case = CASES[name]
    with bench.visitor() as visitor:
        visitor.connection.sendall(case.raw)
        statuses = answers(case, visitor)
    with bench.visitor() as later:
        assert later.ask(get(MARKER.decode())).body == MARKER
    seen = judge.take()
    assert [request.target for request in seen].count(MARKER) == 1
    seen = [request for request in seen if request.target != MARKER and (request.is_whole or case.expect == NORMALISED)]
    for request in seen:
        check_always(request)
    if case.expect == NORMALISED:
        assert {request.target for request in seen} <= {origin(expected.target) for expected in case.sees}
    elif case.expect == REFUSED and all(status not in allowed for allowed in case.answers for status in NO_ROUTE):
        assert seen == []
    assert not any(b"smuggled" in request.target for request in seen if case.expect != NORMALISED), statuses


NO_ROUTE = (404,)  # a bridge has no routes: every host is welcome


def answers(case: Case, visitor: Visitor) -> list[int]:
    statuses = []
    with contextlib.suppress(ConnectionError):
        for _ in case.answers:
            statuses.append(visitor.answer(has_body=not case.raw.startswith(b"HEAD ")).status)
    return statuses


def origin(target: str) -> bytes:
    """As a bridge sends it on."""
    if not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.encode("latin-1")


def check_always(request: Seen) -> None:
    assert request.is_whole
    assert request.target.startswith(b"/")
    assert len(request.values("host")) == 1
    assert len(request.values("content-length")) + len(request.values("transfer-encoding")) <= 1
