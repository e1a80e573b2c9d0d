"""Which service a request is for: by domain, location and user."""

import base64
from typing import Any

import pytest

from tests.support.lab import Lab
from tests.support.waiting import eventually
from tests.support.web import Web, get, named, needs_our_frps, request


def sites(web: Web, **options: dict[str, Any]) -> None:
    """One client; each proxy's service answers with the name it has here."""
    web.client(*(web.proxy(web.service(named(name)), **more) for name, more in options.items()))


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_domains(lab: Lab) -> None:
    web = Web(lab)
    sites(web, a={"customDomains": ["a.test", "Two.Test"]}, b={"customDomains": ["b.test"]})
    for host in ("a.test", "A.TEST", "a.test:8080", "a.test.", "a.test.:80", "two.test"):
        assert web.body(get(host=host)) == "a", host
    assert web.body(get(host="b.test")) == "b"
    for host in ("c.test", "x.a.test", "test", "a.test.b.test", "a.test.."):
        assert web.ask(get(host=host)).status == 404, host


def test_addresses_are_ordinary_hosts(lab: Lab) -> None:
    web = Web(lab)
    sites(web, four={"customDomains": ["127.0.0.1"]})
    assert web.body(get(host=f"127.0.0.1:{web.port}")) == "four"
    assert web.body(request("GET / HTTP/1.0", host="127.0.0.1")) == "four"


def test_wildcards(lab: Lab) -> None:
    web = Web(lab)
    sites(
        web,
        wild={"customDomains": ["*.wild.test"]},
        deep={"customDomains": ["*.deep.wild.test"]},
        exact={"customDomains": ["exact.wild.test"]},
    )
    expected = {
        "x.wild.test": "wild",
        "x.y.wild.test": "wild",
        "X.Wild.TEST": "wild",
        "deep.wild.test": "wild",
        "x.deep.wild.test": "deep",
        "x.y.deep.wild.test": "deep",
        "exact.wild.test": "exact",
        "x.exact.wild.test": "wild",
    }
    assert {host: web.body(get(host=host)) for host in expected} == expected
    for host in ("wild.test", "xwild.test", "wild.test.x.test"):
        assert web.ask(get(host=host)).status == 404, host


def test_star_takes_what_nobody_else_has(lab: Lab) -> None:
    web = Web(lab)
    sites(web, star={"customDomains": ["*"]}, a={"customDomains": ["a.test"], "locations": ["/in"]})
    assert web.body(get("/in", host="a.test")) == "a"
    for host, path in (("a.test", "/out"), ("b.test", "/"), ("localhost", "/"), ("x.y.z.test", "/")):
        assert web.body(get(path, host=host)) == "star"


def test_subdomains(lab: Lab) -> None:
    web = Web(lab, {"subDomainHost": "hosts.test"})
    sites(
        web,
        sub={"subdomain": "sub"},
        both={"subdomain": "both", "customDomains": ["both.test"]},
        outside={"customDomains": ["xhosts.test"]},
        itself={"customDomains": ["hosts.test"]},
    )
    expected = {
        "sub.hosts.test": "sub",
        "both.hosts.test": "both",
        "both.test": "both",
        "xhosts.test": "outside",
        "hosts.test": "itself",
    }
    assert {host: web.body(get(host=host)) for host in expected} == expected
    assert web.ask(get(host="other.hosts.test")).status == 404


def test_longest_location_wins(lab: Lab) -> None:
    web = Web(lab)
    sites(
        web,
        root={"locations": ["/"]},
        pic={"locations": ["/pic"]},
        deep={"locations": ["/pic/deep/", "/also"]},
    )
    expected = {
        "/": "root",
        "/pi": "root",
        "/pic": "pic",
        "/picture": "pic",
        "/pic/deep": "pic",
        "/pic/deep/": "deep",
        "/pic/deep/x?/pic": "deep",
        "/?/pic": "root",
        "/PIC": "root",
        "/also": "deep",
        "/x/../pic": "root",
        "//pic": "root",
    }
    assert {path: web.body(get(path)) for path in expected} == expected


def test_no_location_matches(lab: Lab) -> None:
    web = Web(lab)
    sites(web, pic={"locations": ["/pic"]})
    assert web.ask(get("/other")).status == 404
    assert web.body(get("/pic")) == "pic"


def test_paths_match_decoded_and_pass_as_they_came(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(locations=["/A/b"])
    paths = ["/A/b", "/A%2Fb", "/%41/%62/../c", "/A/b//x%20y", "/A/b%C3%A9?q=%2F"]
    for path in paths:
        assert web.ask(get(path)).status == 200, path
    assert [seen.line.split(b" ")[1].decode() for seen in service.requests] == paths
    assert web.ask(get("/a/b")).status == 404


def test_by_user(lab: Lab) -> None:
    web = Web(lab)
    sites(
        web,
        anybody={},
        one={"routeByHTTPUser": "one"},
        two={"routeByHTTPUser": "two", "httpUser": "two", "httpPassword": "secret"},
        deep={"locations": ["/deep"]},
    )
    assert web.body(get()) == "anybody"
    assert web.body(get("/", f"Authorization: {basic('one')}")) == "one"
    assert web.body(get("/deep", f"Authorization: {basic('one', 'x')}")) == "one"
    assert web.body(get("/deep")) == "deep"
    assert web.body(get("/", f"Authorization: {basic('other')}")) == "anybody"
    assert web.body(get("/", f"Authorization: {basic('two', 'secret')}")) == "two"
    assert web.ask(get("/", f"Authorization: {basic('two', 'wrong')}")).status == 401


def test_by_user_only(lab: Lab) -> None:
    web = Web(lab)
    sites(web, one={"routeByHTTPUser": "one"})
    assert web.ask(get()).status == 404
    assert web.ask(get("/", f"Authorization: {basic('two')}")).status == 404
    assert web.body(get("/", f"Authorization: {basic('one')}")) == "one"


@pytest.mark.parametrize("fields", [("Proxy-Authorization",), ("Authorization",), ("Authorization-of-other", "Proxy")])
def test_by_user_of_a_forward_proxy(lab: Lab, fields: tuple[str, ...]) -> None:
    """In absolute form Proxy-Authorization tells the user; Authorization does where that is absent."""
    web = Web(lab)
    sites(web, anybody={}, one={"routeByHTTPUser": "one"}, two={"routeByHTTPUser": "two"})
    if len(fields) == 1:
        lines = [f"{fields[0]}: {basic('one')}"]
    else:
        lines = [f"Authorization: {basic('two')}", f"Proxy-Authorization: {basic('one')}"]
    assert web.body(request("GET http://a.test/ HTTP/1.1", *lines)) == "one"


def test_the_url_wins_over_the_host(lab: Lab) -> None:
    web = Web(lab)
    sites(web, a={"customDomains": ["a.test"]}, b={"customDomains": ["b.test"]})
    assert web.body(request("GET http://b.test/ HTTP/1.1", host="a.test")) == "b"
    assert web.body(request("GET http://A.TEST:80/x HTTP/1.1", host="nobody.test")) == "a"
    assert web.ask(request("GET http://nobody.test/ HTTP/1.1", host="a.test")).status == 404


def test_two_clients_share_a_domain_by_locations(lab: Lab) -> None:
    web = Web(lab)
    web.publish(named("first"), locations=["/one"])
    web.publish(named("second"), locations=["/two"])
    with web.visitor() as visitor:
        for _ in range(3):
            assert visitor.ask(get("/one")).body == b"first"
            assert visitor.ask(get("/two")).body == b"second"


def test_a_client_that_ends_takes_its_routes_along(lab: Lab) -> None:
    web = Web(lab)
    leaving = web.client(web.proxy(web.service(named("leaving")), customDomains=["leaving.test", "*.leaving.test"]))
    web.publish(named("staying"), customDomains=["staying.test"])
    with web.visitor() as visitor:
        assert visitor.ask(get(host="leaving.test")).body == b"leaving"
        assert visitor.ask(get(host="staying.test")).body == b"staying"
        leaving.kill()
        web.server.wait_for("client exit success")
        for host in ("leaving.test", "x.leaving.test"):
            assert visitor.ask(get(host=host)).status == 404
        assert visitor.ask(get(host="staying.test")).body == b"staying"
    web.publish(named("successor"), customDomains=["leaving.test"])
    assert web.body(get(host="leaving.test")) == "successor"


def test_a_backend_connection_at_rest_does_not_outlive_its_proxy(lab: Lab) -> None:
    """Or the next proxy of this domain would answer with its predecessor's service."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.service(named("leaving"))
    leaving = web.client(web.proxy(service))
    assert web.body(get()) == "leaving"
    (served,) = service.connections
    leaving.stop()
    eventually(served.ended.is_set, what="the connection is still there")
    web.publish(named("successor"))
    assert web.body(get()) == "successor"
