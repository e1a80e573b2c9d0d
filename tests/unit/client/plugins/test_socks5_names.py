import socket
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event

from frpg.client.plugins import socks5_names
from frpg.client.plugins.socks5_names import MAX_KEPT, MAX_LOOKUPS, MAX_WAITING, Names
from frpg.net.address import Endpoint
from tests.support.fake_frps import eventually

Make = Callable[..., Names]


class Dns:
    """Answers when it may; knows what it was asked."""

    def __init__(self, *ips: str) -> None:
        self.ips = ips
        self.asked: list[str] = []
        self.may_answer = Event()

    def __call__(self, host: str, port: int) -> list[Endpoint]:
        self.asked.append(host)
        self.may_answer.wait()
        if not self.ips:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET6 if ":" in ip else socket.AF_INET, (ip, port)) for ip in self.ips]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Names] = []

    def make(dns: Dns) -> Names:
        made.append(Names(dns))
        return made[-1]

    yield make
    for names in made:
        names.close()
    gevent.sleep(0)


@pytest.mark.parametrize("ip", ["192.0.2.1", "2001:db8::1"])
def test_an_address_needs_no_look_up(make: Make, ip: str) -> None:
    dns, found = Dns(), list[str]()
    make(dns).find(ip, found.append)
    assert (found, dns.asked) == ([ip], [])


def test_those_who_ask_meanwhile_wait_for_one_answer(make: Make) -> None:
    dns, found = Dns("2001:db8::1", "192.0.2.1"), list[str]()
    names = make(dns)
    for _ in range(3):
        names.find("a.test", found.append)
    gevent.sleep(0)
    assert found == []
    dns.may_answer.set()
    assert eventually(lambda: len(found) == 3)
    names.find("a.test", found.append)
    assert (found, dns.asked) == (["192.0.2.1"] * 4, ["a.test"]), "IPv4 is preferred"


def test_a_failure_reaches_nobody_and_counts_for_a_while(make: Make) -> None:
    dns, found = Dns(), list[str]()
    names = make(dns)
    dns.may_answer.set()
    for _ in range(2):
        names.find("a.test", found.append)
        gevent.sleep(0)
        gevent.sleep(0)
    assert (found, dns.asked) == ([], ["a.test"])


@pytest.mark.parametrize(("ips", "constant"), [(["192.0.2.1"], "KEPT_SECONDS"), ([], "FAILURE_SECONDS")])
def test_old_answers_count_no_more(make: Make, monkeypatch: pytest.MonkeyPatch, ips: list[str], constant: str) -> None:
    monkeypatch.setattr(socks5_names, constant, 0.0)
    dns = Dns(*ips)
    names = make(dns)
    dns.may_answer.set()
    for count in (1, 2):
        names.find("a.test", lambda ip: None)
        assert eventually(lambda count=count: len(dns.asked) == count and not names._waiting)


def test_a_look_up_has_a_deadline(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socks5_names, "LOOKUP_SECONDS", 0.01)
    names = make(Dns("192.0.2.1"))
    names.find("a.test", lambda ip: None)
    assert names._waiting
    assert eventually(lambda: not names._waiting)


def test_what_waits_and_what_is_kept_is_bounded(make: Make) -> None:
    dns, found = Dns("192.0.2.1"), list[str]()
    names = make(dns)
    for number in range(MAX_LOOKUPS + 5):
        names.find(f"h{number}.test", found.append)
    for _ in range(MAX_WAITING + 5):
        names.find("h0.test", found.append)
    gevent.sleep(0)
    assert len(dns.asked) == MAX_LOOKUPS
    dns.may_answer.set()
    assert eventually(lambda: len(found) == MAX_LOOKUPS - 1 + MAX_WAITING)
    for number in range(MAX_KEPT + 5):
        names._keep(f"k{number}.test", "192.0.2.1")
    assert len(names._known) == MAX_KEPT


def test_after_the_end_nobody_hears_anything(make: Make) -> None:
    dns, found = Dns("192.0.2.1"), list[str]()
    names = make(dns)
    names.find("a.test", found.append)
    gevent.sleep(0)
    names.close()
    dns.may_answer.set()
    gevent.sleep(0)
    gevent.sleep(0)
    assert found == []
