"""Finding a route by host, path and user: the search order of the specification, and the same work for any number."""

import random

import pytest

from frpg.server.routes import Route, RouteTable


def table(*routes: Route) -> RouteTable[str]:
    """Each route leads to a text that names it."""
    made: RouteTable[str] = RouteTable()
    for route in routes:
        made.add(route, f"{route.user}@{route.key}{route.location}")
    return made


def http(domain: str, location: str = "", user: str = "") -> Route:
    return Route("http", domain, location, user)


ALL = table(
    http("a.test"), http("a.test", "/api"), http("a.test", "/api/v2"), http("a.test", "/mine", "u"), http("*.b.test"),
    http("*.c.b.test", "/deep"), http("x.c.b.test", "/x"), http("*"), http("only.test", "/only"), http("only.test",
    "", "u"),
    http("*.d.test", "", "u"), http("127.0.0.1"), http("::1"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "path", "user", "found"),
    [
        ("a.test", "/", "", "@a.test"),
        ("a.test", "", "", "@a.test"),
        ("a.test", "/ap", "", "@a.test"),
        ("a.test", "/api", "", "@a.test/api"),
        ("a.test", "/apix", "", "@a.test/api"),
        ("a.test", "/api/v2/x", "", "@a.test/api/v2"),
        ("a.test", "/API", "", "@a.test"),
        ("a.test", "/mine", "", "@a.test"),
        ("a.test", "/mine/x", "u", "u@a.test/mine"),
        ("a.test", "/api", "u", "@a.test/api"),
        ("a.test", "/mine", "other", "@a.test"),
        ("b.test", "/", "", "@*"),
        ("x.b.test", "/", "", "@*.b.test"),
        ("y.x.b.test", "/", "", "@*.b.test"),
        ("x.c.b.test", "/x", "", "@x.c.b.test/x"),
        ("x.c.b.test", "/deep", "", "@*.c.b.test/deep"),
        ("x.c.b.test", "/y", "", "@*.b.test"),
        ("only.test", "/only/x", "", "@only.test/only"),
        ("only.test", "/x", "", "@*"),
        ("only.test", "/only", "u", "u@only.test"),
        ("x.d.test", "/", "u", "u@*.d.test"),
        ("x.d.test", "/", "", "@*"),
        ("127.0.0.1", "/", "", "@127.0.0.1"),
        ("::1", "/", "", "@::1"),
        ("", "/", "", "@*"),
        ("test", "/", "", "@*"),
        ("...", "/", "", "@*"),
    ],
)
def test_search_order(host: str, path: str, user: str, found: str) -> None:
    assert ALL.match(host, path, user) == found


def test_top_level_names_have_no_wildcard() -> None:
    few = table(http("*.test"), http("*.a.test"))
    assert few.match("a.test", "/", "") is None
    assert few.match("b.a.test", "/", "") == "@*.a.test"
    assert few.match("b.c.test", "/", "") is None
    assert few.match("nowhere", "/", "") is None


def test_removed_routes_are_gone_and_the_others_stay() -> None:
    routes = [http("a.test"), http("a.test", "/api"), http("a.test", "/apx"), http("a.test", "/api", "u"), http("*")]
    some = table(*routes)
    some.remove(routes[1])
    assert some.match("a.test", "/api", "") == "@a.test"
    assert some.match("a.test", "/apx", "") == "@a.test/apx"
    assert some.match("a.test", "/api", "u") == "u@a.test/api"
    for route in (routes[0], routes[2], routes[3]):
        some.remove(route)
    assert some.match("a.test", "/api", "u") == "@*"
    some.remove(routes[4])
    assert some.match("a.test", "/api", "u") is None
    assert some._domains == {}


def plain_search(routes: list[Route], host: str, path: str, user: str) -> str | None:
    """The specification, word for word."""
    candidates, labels = [host], host.split(".")
    while len(labels) >= 3:
        labels[0] = "*"
        candidates.append(".".join(labels))
        labels = labels[1:]
    for domain in [*candidates, "*"]:
        for wanted in dict.fromkeys((user, "")):
            fitting = [r for r in routes if (r.key, r.user) == (domain, wanted) and path.startswith(r.location)]
            if fitting:
                best = max(fitting, key=lambda route: route.location.encode())
                return f"{best.user}@{best.key}{best.location}"
    return None


def test_any_table_finds_what_a_plain_search_finds() -> None:
    chance = random.Random(7)
    for _ in range(200):
        domains = ["*", "a.t", "*.a.t", "b.a.t", "*.b.a.t", "*.t"]
        routes = {
            http(chance.choice(domains), chance.choice(["", "/", "/a", "/a/b", "/ab"]), chance.choice(["", "", "u"]))
            for _ in range(chance.randint(0, 12))
        }
        made = table(*routes)
        for route in list(routes):
            if chance.random() < 0.3:
                made.remove(route)
                routes.discard(route)
        for _ in range(30):
            host = chance.choice(["a.t", "b.a.t", "c.b.a.t", "d.c.b.a.t", "x.t", "t", "*.a.t"])
            path, user = chance.choice(["", "/", "/a", "/a/b/c", "/abc", "/z"]), chance.choice(["", "u", "v"])
            assert made.match(host, path, user) == plain_search(list(routes), host, path, user)


class Counted(dict):  # type: ignore[type-arg]
    """Counts its lookups."""

    lookups = 0

    def get(self, *arguments):  # type: ignore[no-untyped-def]
        Counted.lookups += 1
        return super().get(*arguments)


def test_a_lookup_costs_the_same_however_many_routes_there_are() -> None:
    costs = []
    for count in (10, 5000):
        many = table(
            *[http(f"{number}.a.test", f"/{place:03}") for number in range(count) for place in range(count // 100 + 1)]
        )
        many._domains = Counted(many._domains)
        for users in many._domains.values():
            for locations in users.values():
                locations.entries = Counted(locations.entries)
        Counted.lookups = 0
        assert many.match("7.a.test", "/000", "") == "@7.a.test/000"
        assert many.match("x.y.a.test", "/000", "") is None
        costs.append(Counted.lookups)
    assert costs[0] == costs[1] < 10
