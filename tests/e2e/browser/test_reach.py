"""Both programs' pages for everybody: by keyboard, by screen reader, on a phone, in the dark."""

from collections.abc import Callable

import pytest

from tests.support import reach
from tests.support.browser import PHONE, WIDE, Page
from tests.support.lab import Lab, tcp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port
from tests.support.users import connect
from tests.support.web_api import Work, dashboard

pytestmark = pytest.mark.program
Browse = Callable[..., Page]
LONG = "a-name-as-long-as-names-may-be-" + "n" * 19

# Route, and a text that is there once the page is complete.
DASHBOARD = {
    "/": "Bind port",
    "/clients": "alice.cid1",
    "/clients/alice.cid1": "Run ID",
    "/proxies": "tcp1",
    "/proxies/http": "www.test",
    "/proxy/alice.tcp1": "a/b: c",
    "/connections": "127.0.0.1:",
    "/nope": "There is no such page",
}
ADMIN = {
    "/": "Run ID",
    "/proxies": LONG,
    "/proxies?tab=store": "stored",
    f"/proxies/detail/{LONG}": "Bandwidth limit",
    "/proxies/create": "Remote port",
    "/proxies/stored/edit": "Custom domains",
    "/visitors": "Add a [[visitors]] table",
    "/visitors/create": "Server name",
    "/config": "Tab indents",
}


def check(page: Page, pages: dict[str, str]) -> None:
    found: list[str] = []
    for route, text in pages.items():
        page.resize(*WIDE)
        page.open(route)
        page.shows(text)
        for theme in ("light", "dark"):
            page.browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            found += [f"{route} {theme}: {fault}" for fault in reach.faint(page)]
        page.browser.execute_script("delete document.documentElement.dataset.theme")
        found += [f"{route}: {fault}" for fault in (*reach.nameless(page), *reach.lost(page, 12))]
        page.resize(*PHONE)
        page.until(lambda: page.has("Open the menu"))
        found += [f"{route} on a phone: {fault}" for fault in (*reach.nameless(page), *reach.small(page))]
        if pixels := reach.overflow(page):
            found.append(f"{route} on a phone: {pixels} pixels too wide")
    assert not found, "\n".join(found)


def test_the_dashboard_is_for_everybody(lab: Lab, browse: Browse) -> None:
    work = Work(lab)
    page = browse(work.api.port)
    with connect(work.tcp["remotePort"]):
        check(page, DASHBOARD)


def test_the_pages_of_the_client_are_for_everybody(lab: Lab, browse: Browse) -> None:
    server = lab.frps({"vhostHTTPPort": free_port()})
    long = tcp_proxy(LONG, lab.tcp_echo()) | {"transport.bandwidthLimit": "1MB"}
    client = ManagedClient(lab, server.port, [long], store__path="store.json")
    web = {"localPort": 80, "customDomains": [f"{'w' * 60}.{'x' * 60}.test"], "httpPassword": "s"}
    assert client.api.ask("POST", "/api/store/proxies", {"name": "stored", "type": "http", "http": web}).status == 200
    check(browse(client.port), ADMIN)


def test_a_phone_has_a_menu_and_the_keyboard_a_way_past_it(lab: Lab, browse: Browse) -> None:
    _, api = dashboard(lab)
    page = browse(api.port)
    page.shows("Bind port")
    page.tab_to("Skip to the content")
    page.key("Enter")
    page.key("Tab")
    assert page.focus().startswith("Log level")
    page.resize(*PHONE)
    page.press("Open the menu")
    page.press("Clients")
    page.until(lambda: page.heading == "Clients")
    page.shows("No client has logged in yet")
    assert not page.has("Close the menu")
