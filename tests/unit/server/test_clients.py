"""Records of clients: who is there, who was, whose record goes on, and the bound."""

from typing import Any

import pytest

from frpg.proto.messages import Login
from frpg.server import clients as module
from frpg.server.clients import ClientRecord, Clients, client_key


class Clock:
    """Unix seconds; one more each time it is asked."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clients() -> Clients:
    return Clients(Clock())


def log_in(clients: Clients, run_id: str = "run1", *, ip: str = "203.0.113.7", **login: Any) -> ClientRecord:
    return clients.online(Login(**{"hostname": "vm", "version": "0.70.1", **login}), run_id, ip, "v2")


@pytest.mark.parametrize(
    ("user", "identity", "key"), [("", "cid", "cid"), ("alice", "cid", "alice.cid"), ("a/b", "<i>", "a/b.<i>")]
)
def test_key(user: str, identity: str, key: str) -> None:
    assert client_key(user, identity) == key


def test_what_a_login_tells(clients: Clients) -> None:
    record = log_in(clients, user="alice", client_id="cid")
    assert (record.key, record.user, record.client_id, record.shown_id, record.run_id) == (
        "alice.cid", "alice", "cid", "cid", "run1",
    )  # fmt: skip
    assert (record.hostname, record.version, record.wire_protocol, record.ip) == ("vm", "0.70.1", "v2", "203.0.113.7")
    assert record.is_online
    assert record.first_connected == record.last_connected == 1001.0
    assert clients.get("alice.cid") is record
    assert (len(clients), clients.sessions) == (1, 1)


def test_the_run_id_stands_for_a_client_without_an_id(clients: Clients) -> None:
    record = log_in(clients, user="alice")
    assert (record.key, record.client_id, record.shown_id) == ("alice.run1", "", "run1")


def test_one_with_an_id_stays_in_mind(clients: Clients) -> None:
    record = log_in(clients, client_id="cid")
    clients.offline(record)
    assert clients.records() == [record]
    assert (record.is_online, record.run_id, record.disconnected_at) == (False, "", 1002.0)
    assert len(clients) == 0


def test_one_without_an_id_is_forgotten(clients: Clients) -> None:
    clients.offline(log_in(clients))
    assert clients.records() == []
    assert clients.get("run1") is None
    assert len(clients) == 0


def test_it_comes_back_under_another_run_id(clients: Clients) -> None:
    record = log_in(clients, client_id="cid")
    clients.offline(record)
    again = log_in(clients, "run2", ip="2001:db8::1", client_id="cid", hostname="other")
    assert again is record
    assert (record.first_connected, record.last_connected) == (1001.0, 1003.0)
    assert (record.run_id, record.ip, record.hostname, record.is_online) == ("run2", "2001:db8::1", "other", True)
    assert (len(clients), clients.sessions) == (1, 2)


@pytest.mark.parametrize("login", [{"client_id": "cid"}, {}])
def test_a_session_that_replaces_another_goes_on_with_its_record(clients: Clients, login: dict[str, Any]) -> None:
    record = log_in(clients, **login)
    record.recent.add("heartbeat timeout")
    clients.offline(record)  # the old session ends first, in the same moment
    assert log_in(clients, **login) is record
    assert record.first_connected == 1001.0
    assert [text for _, text in record.recent.youngest_first()] == ["heartbeat timeout"]


def test_no_stranger_goes_on_with_the_record_of_one_that_has_left(clients: Clients) -> None:
    record = log_in(clients, user="alice")
    clients.offline(record)
    other = log_in(clients, "run2", user="alice")
    assert other is not record
    clients.offline(other)
    assert log_in(clients, user="alice") is not record  # too late: somebody was there in between


def test_the_same_run_id_under_another_key(clients: Clients) -> None:
    old = log_in(clients, client_id="one")
    clients.offline(old)
    new = log_in(clients, client_id="two")
    assert (old.is_online, new.is_online) == (False, True)
    assert {record.key for record in clients.records()} == {"one", "two"}


def test_an_end_that_comes_late_does_not_take_the_next_one_away(clients: Clients) -> None:
    left = log_in(clients)
    clients.offline(left)
    clients.online(Login(), "other", "", "v1")  # somebody else: the record of the first is given up
    present = log_in(clients)
    clients.offline(left)
    assert clients.get("run1") is present
    assert len(clients) == 2


def test_bound_of_those_that_have_gone(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OFFLINE", 2)
    log_in(clients, "there", client_id="there")
    for name in "abcd":
        clients.offline(log_in(clients, name, client_id=name))
    clients.offline(log_in(clients, "c", client_id="c"))  # again: the youngest now
    clients.offline(log_in(clients, "e", client_id="e"))
    assert sorted(record.key for record in clients.records()) == ["c", "e", "there"]
    assert len(clients) == 1
