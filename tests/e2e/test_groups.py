"""Load-balancing groups of tcp, http, https and tcpmux proxies: shares, and members that come and go."""

import itertools
import socket
from collections import Counter

import gevent
import pytest

from tests.support.lab import Lab
from tests.support.names import KINDS, Front, front, get_head, read_answer, read_head, web_ports
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.switch import switch
from tests.support.team import GROUP, HOST, Team
from tests.support.users import connect
from tests.support.waiting import eventually


@pytest.fixture(params=KINDS)
def team(lab: Lab, request: pytest.FixtureRequest) -> Team:
    return Team(lab, request.param)


@pytest.mark.parametrize("clients", [[["a", "b"]], [["a"], ["b"]]], ids=["one client", "two clients"])
def test_both_members_get_their_share(team: Team, clients: list[list[str]]) -> None:
    for names in clients:
        team.join(*names)
    seen = team.visits()
    assert min(Counter(seen)[name] for name in ("a", "b")) >= 2
    if team.front.kind == "http":
        assert all(one != other for one, other in itertools.pairwise(seen))


def test_three_members_take_turns(team: Team) -> None:
    team.join("a", "b", "c")
    assert set(Counter(team.visits(12)).values()) == {4}


def test_member_that_leaves_is_not_chosen_and_one_that_joins_is(team: Team) -> None:
    first = team.join("a")
    second = team.join("b")
    team.leave(first)
    assert set(team.visits(4)) == {"b"}
    team.join("c")
    assert set(team.visits(6)) == {"b", "c"}
    team.leave(second)
    assert set(team.visits(4)) == {"c"}


def test_group_can_be_made_anew_with_other_parameters_when_all_have_left(team: Team, lab: Lab) -> None:
    client = team.join("a", "b")
    team.leave(client)
    with pytest.raises(ConnectionError):
        team.front.visit(HOST)
    other = Front(team.front.kind, free_port()) if team.front.kind == "tcp" else team.front
    proxy = other.proxy("a", lab.service(other.service("anew")), "other.test", **GROUP)
    lab.frpc(team.server.port, [proxy | {"loadBalancer.groupKey": "another"}])
    assert other.visit("other.test") == "anew"


def test_groups_of_different_types_have_nothing_in_common(lab: Lab) -> None:
    options = web_ports()
    fronts = [front(kind, options) for kind in KINDS]
    proxies = [
        each.proxy(each.kind, lab.service(each.service(each.kind)), HOST) | GROUP | {"loadBalancer.groupKey": each.kind}
        for each in fronts
    ]
    lab.frpc(lab.frps(options).port, proxies)
    assert [each.visit(HOST) for each in fronts] == list(KINDS)


def test_random_port_is_shared(lab: Lab) -> None:
    team = Team(lab, "tcp")
    before = team.listening()
    for name in ("a", "b"):
        lab.frpc(team.server.port, [team.proxy(name, remotePort=0)])
    (port,) = team.listening() - before
    assert Counter(Front("tcp", port).visit(HOST) for _ in range(10)) == {"a": 5, "b": 5}


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("kind", KINDS)
def test_coming_and_going_members_cost_no_visitor_anything(lab: Lab, kind: str, mux: bool) -> None:
    team = Team(lab, kind, {"transport.tcpMux": mux})
    failures: list[OSError] = []
    served = Counter[str]()

    def visit_again_and_again() -> None:
        while True:
            try:
                served[team.front.visit(HOST)] += 1
            except OSError as error:
                failures.append(error)
                return
            gevent.sleep(0.005)  # a load that leaves the machine time to start programs

    newcomers = [f"member {number}" for number in range(6)]
    members = [team.join("first"), team.join("second")]
    visitors = [gevent.spawn(visit_again_and_again) for _ in range(4)]
    try:
        for name in newcomers:
            members.append(team.join(name))
            eventually(lambda name=name: bool(served[name] or failures), what=f"nobody was brought to {name}")
            assert members.pop(0).stop() == 0
    finally:
        gevent.killall(visitors)
    assert failures == []


def test_member_whose_service_died_is_not_chosen(team: Team, lab: Lab) -> None:
    check = {"healthCheck.type": "tcp", "healthCheck.intervalSeconds": 1, "healthCheck.timeoutSeconds": 2}
    with switch(team.front.service("frail")) as service:
        team.join("sound")
        client = lab.frpc(team.server.port, [team.front.proxy("frail", service.port, HOST, **GROUP, **check)])
        assert set(team.visits(6)) == {"sound", "frail"}
        service.off()
        client.wait_for("[frail] health check failed")
        team.server.wait_for("close proxy [frail] success")
        assert set(team.visits(6)) == {"sound"}
        service.on()
        client.wait_for("[frail] health check success", count=2)
        client.wait_for("[frail] start proxy success", count=2)
        assert set(team.visits(6)) == {"sound", "frail"}


def test_first_member_decides_what_becomes_of_requests(lab: Lab) -> None:
    team = Team(lab, "http")

    def join(name: str) -> Program:
        """A member that wants another Host, in front of a service that answers with the one it got."""
        proxy = team.front.proxy(name, lab.service(answer_host), HOST, **GROUP)
        return lab.frpc(team.server.port, [proxy | {"hostHeaderRewrite": f"{name}.rewritten.test"}])

    first = join("first")
    join("second")
    assert set(team.visits(4)) == {"first.rewritten.test"}
    team.leave(first)
    assert set(team.visits(4)) == {"first.rewritten.test"}


def answer_host(connection: socket.socket) -> None:
    while head := read_head(connection):
        host = next(line.partition(b": ")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(host), host))


def test_requests_of_one_connection_take_turns_too(lab: Lab) -> None:
    team, seen = Team(lab, "http"), []
    team.join("a", "b")
    with connect(team.front.port) as visitor:
        for _ in range(10):
            visitor.sendall(get_head(HOST))
            head, body = read_answer(visitor)
            assert head.startswith(b"HTTP/1.1 200")
            seen.append(body)
    assert all(one != other for one, other in itertools.pairwise(seen))
