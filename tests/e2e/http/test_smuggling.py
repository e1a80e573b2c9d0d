"""The corpus of tests/data/smuggling, through a server and a client to services with another parser.

Every case comes whole, in every way to cut it in two when it is short, and byte by byte.
"""

import contextlib
from collections.abc import Iterator

import pytest

from tests.support.binaries import Ends
from tests.support.lab import Lab
from tests.support.web import Visitor, Web, get, needs_our_frps
from tests.support.web_corpus import BROKEN, NORMALISED, Case, load
from tests.support.web_judge import Judge, Seen
from tests.support.web_message import Truncated

CASES = {case.name: case for case in load()}
SHORT = {name: case for name, case in CASES.items() if len(case.raw) <= 200}
MODEST = {name: case for name, case in CASES.items() if len(case.raw) <= 2000}
AT_A_TIME = 50  # visitors
MARKER = b"/marker"


class Court:
    """A server, and judges at a.test and b.test."""

    def __init__(self, lab: Lab) -> None:
        self._web = Web(lab)
        self._judges = {site: Judge(site) for site in ("a.test", "b.test")}
        ports = {site: lab.service(judge.serve) for site, judge in self._judges.items()}
        self._web.client(*(self._web.proxy(port, customDomains=[site]) for site, port in ports.items()))

    def try_case(self, case: Case, ways: list[list[bytes]]) -> None:
        """As many visitors as `ways`, each of which sends the case in these pieces."""
        with contextlib.ExitStack() as stack:
            visitors = [stack.enter_context(self._web.visitor()) for _ in ways]
            for number in range(max(map(len, ways))):
                for visitor, pieces in zip(visitors, ways, strict=True):
                    if number < len(pieces):
                        send(visitor, pieces[number])
            for visitor in visitors:
                check_answers(case, visitor)
        self._check_services(case, len(ways))

    def hang_up(self) -> None:
        for judge in self._judges.values():
            judge.hang_up()

    def _check_services(self, case: Case, times: int) -> None:
        """Requests of one visitor are seen in their order, those of different visitors in any."""
        seen = self._settle()
        assert len(seen) == times * len(case.sees)
        for expected in case.sees:
            matching = [request for request in seen if request.target.decode("latin-1") == expected.target]
            assert len(matching) >= times
            for request in matching[:times]:
                expected.check(request)
        for request in seen:
            check_always(request)

    def _settle(self) -> list[Seen]:
        """What the judges saw, when a later request has been seen by each."""
        for site in self._judges:
            assert self._web.ask(get(MARKER.decode(), host=site)).body == MARKER
        seen = [request for judge in self._judges.values() for request in judge.take()]
        assert [request.target for request in seen].count(MARKER) == len(self._judges)
        return [request for request in seen if request.target != MARKER and not is_cut(request)]


def is_cut(request: Seen) -> bool:
    """Half of a case that is "broken"; it may be seen late, when the next case has begun."""
    return request.target == b"/broken" and not request.is_whole


def send(visitor: Visitor, piece: bytes) -> None:
    """The server may have had enough of a long one."""
    with contextlib.suppress(ConnectionError):
        visitor.send(piece)


def check_answers(case: Case, visitor: Visitor) -> None:
    statuses: list[int] = []
    has_body = not case.raw.startswith(b"HEAD ")
    try:
        for _ in case.answers:
            statuses.append(visitor.answer(has_body=has_body).status)
    except (Truncated, ConnectionError):
        assert case.expect == BROKEN or case.raw[70_000:], f"closed after {statuses}"
        return
    for status, allowed in zip(statuses, case.answers, strict=True):
        assert status in allowed
    if case.expect != NORMALISED or statuses[-1] != 200:
        with contextlib.suppress(ConnectionError):
            assert visitor.reader.is_over()
    assert not visitor.reader.ahead


def check_always(request: Seen) -> None:
    """What holds for every request that a service sees."""
    assert request.is_whole
    assert len(request.values("host")) == 1
    assert len(request.values("content-length")) + len(request.values("transfer-encoding")) <= 1
    assert len(request.values("x-forwarded-for")) == 1, "it has not come through the front"
    assert request.values("x-forwarded-for")[0].endswith(b"127.0.0.1")
    assert request.values("x-forwarded-proto") == [b"http"]


@pytest.fixture(scope="module")
def standing_court(ends: Ends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    needs_our_frps(ends)
    with Lab(ends, tmp_path_factory.mktemp("court")) as lab:
        yield Court(lab)


@pytest.fixture
def court(standing_court: Court) -> Iterator[Court]:
    """Connections to the services are used again within one test, but not in the next one."""
    yield standing_court
    standing_court.hang_up()


@pytest.mark.parametrize("name", CASES)
def test_whole(court: Court, name: str) -> None:
    court.try_case(CASES[name], [[CASES[name].raw]])


@pytest.mark.parametrize("name", MODEST)
def test_byte_by_byte(court: Court, name: str) -> None:
    raw = MODEST[name].raw
    court.try_case(MODEST[name], [[raw[at : at + 1] for at in range(len(raw))]])


@pytest.mark.parametrize("name", SHORT)
def test_cut_in_two(court: Court, name: str) -> None:
    """The first parts of many visitors come, then their second parts: the server has to wait in between."""
    raw = SHORT[name].raw
    cuts = [[raw[:at], raw[at:]] for at in range(1, len(raw))]
    for first in range(0, len(cuts), AT_A_TIME):
        court.try_case(SHORT[name], cuts[first : first + AT_A_TIME])
