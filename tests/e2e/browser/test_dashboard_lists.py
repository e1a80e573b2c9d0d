"""Lists of the dashboard in Chromium: many proxies, odd names, and the state that an address keeps."""

import signal
from collections.abc import Callable

import pytest

from tests.support.browser import Page
from tests.support.lab import Lab, Options, tcp_proxy
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, tcp_echoes
from tests.support.web_api import dashboard

pytestmark = pytest.mark.program
Browse = Callable[..., Page]
MANY = 250
SCRIPT = "<script>window.owned = 1</script>"
PICTURE = "<img src=x onerror='window.owned = 1'>"


def part(first: int, last: int, total: int) -> str:
    return f"{first}\N{EN DASH}{last} of {total}"


def web_proxy(number: int, port: int) -> Options:
    return {"name": f"web{number:03}", "type": "http", "localPort": port, "customDomains": [f"site{number}.test"]}


def test_hundreds_of_proxies_are_turned_searched_and_filtered(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab, {"vhostHTTPPort": free_port()})
    echo = lab.tcp_echo()
    client = lab.start_frpc(server.port, {"proxies": [web_proxy(number, echo) for number in range(MANY)]})
    client.wait_for("start proxy success", count=MANY)
    lab.frpc(server.port, [tcp_proxy("ssh", echo)], {"user": "alice"})
    page = browse(api.port)
    page.open("/proxies")
    page.shows(part(1, 20, 251), "Page 1 of 13")
    assert [row["Name"] for row in page.rows()] == [f"web{number:03}" for number in range(20)]
    page.press("Next page")
    page.shows(part(21, 40, 251))
    page.until(lambda: page.rows()[0]["Name"] == "web020")
    page.choose("Rows", "100")
    page.shows(part(1, 100, 251))
    page.press("HTTP")
    page.shows(part(1, 100, 250))
    page.search("SITE24")
    page.shows(part(1, 11, 11))
    assert "q=SITE24" in page.route
    assert page.route.startswith("/proxies/http?")
    assert {row["Name"] for row in page.rows()} == {"web024", *(f"web{number}" for number in range(240, 250))}
    page.press("Name")
    page.press("Name")
    page.until(lambda: page.rows()[0]["Name"] == "web249")
    there = page.route
    page.press("web245")
    page.shows("Proxy", "site245.test")
    page.back()
    page.until(lambda: len(page.rows()) == 11 and page.rows()[0]["Name"] == "web249")
    assert page.route == there, "back leads to the list as it was"
    page.reload()
    page.until(lambda: len(page.rows()) == 11 and page.rows()[0]["Name"] == "web249")
    page.search("no such thing")
    page.shows("No proxy fits")
    page.press("Show all")
    page.shows(part(1, 100, 250))
    page.open("/clients")
    page.choose("User", "alice")
    page.until(lambda: len(page.rows()) == 1)


def test_markup_in_names_and_annotations_is_text(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    odd = tcp_proxy(f"a/b?c#d% {SCRIPT}", lab.tcp_echo(), annotations={"note": SCRIPT}, metadatas={PICTURE: "x"})
    lab.frpc(server.port, [odd], {"user": PICTURE, "clientID": SCRIPT})
    assert tcp_echoes(odd["remotePort"])
    name = f"{PICTURE}.{odd['name']}"
    page = browse(api.port)
    for route in ("/clients", "/proxies"):
        page.open(route)
        page.until(lambda: len(page.rows()) == 1)
        assert SCRIPT in " ".join(page.rows()[0].values())
    page.press(name)
    page.until(lambda: page.heading == name)
    page.shows(f"note: {SCRIPT}", f"{PICTURE}: x")
    page.press(f"{PICTURE}.{SCRIPT}")
    page.until(lambda: page.heading == f"{PICTURE}.{SCRIPT}")
    page.shows(odd["name"])
    assert not page.browser.execute_script("return window.owned")


def test_a_visitor_that_was_not_served_is_told_on_the_page_of_the_proxy(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab, {"userConnTimeout": 1})
    mail = tcp_proxy("mail", lab.tcp_echo())
    client = lab.frpc(server.port, [mail])
    client.process.send_signal(signal.SIGSTOP)
    try:
        with connect(mail["remotePort"]) as first, connect(mail["remotePort"]) as second:
            address = f"127.0.0.1:{second.getsockname()[1]}"
            assert receive_all(second) == b""
            assert first
    finally:
        client.process.send_signal(signal.SIGCONT)
    page = browse(api.port)
    page.open("/proxy/mail")
    page.shows("Last errors", f"user {address}: ")


def test_what_is_not_there_is_said_in_either_theme(lab: Lab, browse: Browse) -> None:
    _, api = dashboard(lab)
    page = browse(api.port)
    for route, words in {
        "/clients": "No client has logged in yet",
        "/proxies/udp": "No udp proxy",
        "/proxy/nope": "No proxy by that name",
        "/clients/nope": "Nobody by that name",
        "/nope": "There is no such page",
    }.items():
        page.open(route)
        page.shows(words)

    def ground() -> str:
        return str(page.browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor"))

    page.press("Theme: As the system")
    light = ground()
    page.press("Theme: Light")
    page.until(lambda: page.has("Theme: Dark"))
    dark = ground()
    assert dark != light
    page.reload()
    page.until(lambda: page.has("Theme: Dark"))
    assert ground() == dark
