"""What keeps a proxy out of a load-balancing group, and that the client's other proxies do not suffer for it."""

from typing import Any

import pytest

from tests.support.lab import Lab
from tests.support.names import KINDS
from tests.support.ports import free_port
from tests.support.team import HOST, Team

MORE_ROUTES = [{"customDomains": [HOST, "other.test"]}, {"customDomains": [HOST], "subdomain": "other"}]
OTHER_DOMAIN = {"customDomains": ["other.test"]}
DIFFERENT: dict[str, list[dict[str, Any]]] = {
    "http": [OTHER_DOMAIN, {"locations": ["/other"]}, {"routeByHTTPUser": "ann"}],
    "https": [OTHER_DOMAIN],
    "tcpmux": [OTHER_DOMAIN, {"routeByHTTPUser": "ann"}, {"httpUser": "ann"}, {"httpPassword": "secret"}],
}


@pytest.fixture(params=KINDS)
def team(lab: Lab, request: pytest.FixtureRequest) -> Team:
    return Team(lab, request.param)


@pytest.fixture(params=[kind for kind in KINDS if kind != "tcp"])
def named_team(lab: Lab, request: pytest.FixtureRequest) -> Team:
    return Team(lab, request.param)


def test_wrong_key_is_refused_and_the_others_go_on(team: Team) -> None:
    team.join("a")
    wrong = team.proxy("wrong") | {"loadBalancer.groupKey": "guessed"}
    assert team.refused(wrong, team.proxy("b")) == "group auth failed"
    assert set(team.visits()) == {"a", "b"}


def test_other_parameters_are_refused_and_the_others_go_on(named_team: Team) -> None:
    team = named_team
    team.join("a")
    for number, difference in enumerate(DIFFERENT[team.front.kind]):
        for key in ("key", "guessed"):  # the parameters are compared first
            proxy = team.proxy(f"bad {number} {key}") | difference | {"loadBalancer.groupKey": key}
            assert team.refused(proxy) == "group params invalid", difference
    assert set(team.visits()) == {"a"}


def test_other_port_is_refused_and_the_others_go_on(lab: Lab) -> None:
    team = Team(lab, "tcp")
    team.join("a")
    for port in (0, free_port()):
        for key in ("key", "guessed"):
            proxy = team.proxy(f"bad {port} {key}") | {"remotePort": port, "loadBalancer.groupKey": key}
            assert team.refused(proxy) == "group should have same remote port"
    assert set(team.visits()) == {"a"}


@pytest.mark.parametrize("joined", [True, False], ids=["joining", "founding"])
def test_member_has_one_route(named_team: Team, joined: bool) -> None:
    team = named_team
    if joined:
        team.join("a")
    more = [*MORE_ROUTES, *([{"locations": ["/", "/other"]}] if team.front.kind == "http" else [])]
    for number, routes in enumerate(more):
        assert team.refused(team.proxy(f"bad {number}") | routes) == "group params invalid", routes
    if not joined:
        team.join("a")  # nothing is left of what was refused
    assert set(team.visits()) == {"a"}


def test_route_of_a_group_and_of_a_single_proxy_exclude_each_other(team: Team, lab: Lab) -> None:
    conflict = "port already used" if team.front.kind == "tcp" else "router config conflict"
    service = lab.service(team.front.service("single"))
    single = team.front.proxy("single", service, HOST)
    client = team.join("a")
    assert team.refused(single) == conflict
    assert set(team.visits()) == {"a"}
    team.leave(client)
    lab.frpc(team.server.port, [single])
    assert team.refused(team.proxy("a")) == conflict
    assert set(team.visits()) == {"single"}
