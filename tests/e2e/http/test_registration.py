"""Http proxies that a server refuses: the client is told which and why, and its other proxies run."""

from typing import Any

import pytest

from tests.support.lab import Lab, nest, tcp_proxy
from tests.support.program import Program
from tests.support.users import tcp_echoes
from tests.support.web import Web, answering, get, needs_our_frps, response

BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "domain taken": ({}, {"customDomains": ["taken.test"]}, "router config conflict"),
    "in another case": ({}, {"customDomains": ["Taken.TEST"]}, "router config conflict"),
    "one of several": ({}, {"customDomains": ["free.test", "taken.test"]}, "router config conflict"),
    "under subDomainHost": (
        {"subDomainHost": "hosts.test"},
        {"customDomains": ["x.hosts.test"]},
        "custom domain [x.hosts.test] should not belong to subdomain host [hosts.test]",
    ),
    "no subDomainHost": (
        {},
        {"subdomain": "x"},
        "subdomain is not supported because this feature is not enabled in server",
    ),
    "dot in subdomain": (
        {"subDomainHost": "hosts.test"},
        {"subdomain": "x.y"},
        "'.' and '*' are not supported in subdomain",
    ),
    "star in subdomain": (
        {"subDomainHost": "hosts.test"},
        {"subdomain": "*"},
        "'.' and '*' are not supported in subdomain",
    ),
}
BAD_FOR_US: dict[str, tuple[dict[str, Any], str]] = {
    "location": ({"locations": ["/x", "pic"]}, "location [pic]"),
    "header name": ({"requestHeaders": {"set": {"X A": "b"}}}, "header [X A]"),
    "header value": ({"responseHeaders": {"set": {"X-A": "b\r\nX-C: d"}}}, "header [X-A]"),
    "host": ({"hostHeaderRewrite": "a b"}, "hostHeaderRewrite [a b]"),
}


def refused(web: Web, options: dict[str, Any]) -> str:
    """Why; the other proxies of that client have to run."""
    service = web.service(answering(response()))
    web.client(web.proxy(service, name="first", customDomains=["taken.test"]))
    bad = web.proxy(service, name="bad", **options)
    echo = tcp_proxy("echo", web.lab.tcp_echo())
    good = web.proxy(service, name="good", customDomains=["good.test"])
    client = start(web, good, bad, echo)
    reason = client.wait_for("[bad] start error: ").partition("start error: ")[2]
    for name in ("good", "echo"):
        client.wait_for(f"[{name}] start proxy success")
    for host in ("taken.test", "good.test"):
        assert web.body(get(host=host)) == "hello"
    assert tcp_echoes(echo["remotePort"])
    return reason


def start(web: Web, *proxies: dict[str, Any]) -> Program:
    return web.lab.start_frpc(web.server.port, {"proxies": [nest(proxy) for proxy in proxies]})


@pytest.mark.parametrize("case", BAD)
def test_refused(lab: Lab, case: str) -> None:
    server_options, options, reason = BAD[case]
    assert refused(web := Web(lab, server_options), options) == reason
    assert web.ask(get(host="free.test")).status == 404, "nothing of a refused proxy is left"


@pytest.mark.parametrize("case", BAD_FOR_US)
def test_refused_by_us(lab: Lab, case: str) -> None:
    needs_our_frps(lab.ends)
    options, reason = BAD_FOR_US[case]
    web = Web(lab)
    assert refused(web, {"customDomains": ["bad.test"], **options}).startswith(reason)
    assert web.ask(get("/x", host="bad.test")).status == 404


def test_no_http_port(lab: Lab) -> None:
    web = Web(lab, {"vhostHTTPPort": 0})
    echo = tcp_proxy("echo", lab.tcp_echo())
    client = start(web, web.proxy(1, name="bad"), echo)
    client.wait_for("[bad] start error: type [http] not supported when vhost http port is not set")
    client.wait_for("[echo] start proxy success")
    assert tcp_echoes(echo["remotePort"])


def test_a_name_is_free_again_after_a_refusal(lab: Lab) -> None:
    """What a refused proxy had before its second domain was found to be taken."""
    web = Web(lab)
    refused(web, {"customDomains": ["free.test", "taken.test"]})
    web.publish(customDomains=["free.test"])
    assert web.body(get(host="free.test")) == "hello"


def test_what_differs_does_not_conflict(lab: Lab) -> None:
    web = Web(lab)
    service = web.service(answering(response()))
    proxies = [
        {},
        {"locations": ["/x"]},
        {"locations": ["/X", "/x/"]},
        {"routeByHTTPUser": "one"},
        {"routeByHTTPUser": "One"},
        {"customDomains": ["*.a.test"]},
    ]
    web.client(*(web.proxy(service, **options) for options in proxies))
    assert web.body(get()) == "hello"


def test_the_address_that_clients_are_told(lab: Lab) -> None:
    """In the order of the domains, the subdomain last."""
    web = Web(lab, {"subDomainHost": "hosts.test"})
    service = web.service(answering(response()))
    web.client(web.proxy(service, name="web", customDomains=["b.test", "a.test"], subdomain="x"))
    for host in ("b.test", "a.test", "x.hosts.test"):
        assert web.body(get(host=host)) == "hello"
    line = web.server.wait_for("new proxy [web] type [http] success")
    assert line
