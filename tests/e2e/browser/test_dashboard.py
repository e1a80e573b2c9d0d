"""The dashboard in Chromium: what it shows moves by itself, and what its buttons do is done."""

import json
from collections.abc import Callable
from urllib.parse import quote

import gevent
import pytest

from tests.support import nginx
from tests.support.admin import PASSWORD, USER
from tests.support.browser import Page
from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, receive_exact, refuses, tcp_echoes
from tests.support.web_api import dashboard

pytestmark = pytest.mark.program
Browse = Callable[..., Page]

PREFIXED = """server {{
    listen 127.0.0.1:{port};
    location /frp/ {{
        proxy_pass http://127.0.0.1:{dashboard}/;
        proxy_redirect / /frp/;
        proxy_set_header Host $http_host;
    }}
}}"""


def test_a_wrong_password_shows_nothing(lab: Lab, browse: Browse) -> None:
    _, api = dashboard(lab)
    page = browse(api.port)
    page.log_in("wrong")
    assert not page.heading
    assert "Overview" not in page.text
    page.browser.get(f"http://{USER}:{quote(PASSWORD)}@127.0.0.1:{api.port}/")
    page.shows("Overview", "Bind port")


def test_behind_a_reverse_proxy_below_a_prefix(lab: Lab, browse: Browse) -> None:
    _, api = dashboard(lab)
    port = free_port()
    nginx.run(lab, port, nginx.http(lab, PREFIXED.format(port=port, dashboard=api.port)))
    page = browse(port, "/frp")
    page.shows("Overview", "Bind port", "live")
    page.choose("Log level", "warn")
    page.shows("Log level is warn now")
    page.press("Clients")
    page.shows("No client has logged in yet")


def test_the_overview_moves_by_itself(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    echo = lab.tcp_echo()
    ssh = tcp_proxy("ssh", echo)
    lab.frpc(server.port, [ssh])
    page = browse(api.port)
    page.shows("Network traffic")
    page.until(lambda: (page.figures().get("Clients"), page.figures().get("Proxies")) == ("1", "1"))
    page.mark()
    lab.frpc(server.port, [tcp_proxy("web", echo), tcp_proxy("db", echo)])
    page.until(lambda: (page.figures()["Clients"], page.figures()["Proxies"]) == ("2", "3"))
    assert page.figures()["Traffic today"] == "0 B"
    assert page.chart("Network traffic").endswith("Now: In 0 B/s, Out 0 B/s.")
    with connect(ssh["remotePort"]) as visitor:
        page.until(lambda: page.figures()["Connections"] == "1")
        page.until(lambda: page.chart("Connections").endswith("Now: Connections 1."))

        def talk() -> None:
            while True:
                visitor.sendall(bytes(65536))
                receive_exact(visitor, 65536)
                gevent.sleep(0.05)

        talker = gevent.spawn(talk)
        try:
            page.until(lambda: "0 B/s" not in page.chart("Network traffic"))
            page.until(lambda: page.figures()["Traffic today"].endswith("MB"))
        finally:
            talker.kill()
    page.until(lambda: page.figures()["Connections"] == "0")
    assert page.is_marked(), "the page was loaded again"


def test_a_visitor_is_seen_and_cut(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    ssh, web = tcp_proxy("ssh", lab.tcp_echo()), tcp_proxy("web", lab.tcp_echo())
    lab.frpc(server.port, [ssh, web], {"clientID": "office"})
    page = browse(api.port)
    page.open("/connections")
    page.shows("No visitor is connected")
    with connect(ssh["remotePort"]) as first, connect(web["remotePort"]) as second:
        for visitor in (first, second):
            visitor.sendall(bytes(4096))
            assert len(receive_exact(visitor, 4096)) == 4096
        mine, other = (f"127.0.0.1:{visitor.getsockname()[1]}" for visitor in (first, second))
        page.until(lambda: page.row(mine).get("Out") == page.row(other).get("In") == "4 KB")
        assert (page.row(mine)["Proxy"], page.row(mine)["Client"], page.row(mine)["Type"]) == ("ssh", "office", "tcp")
        page.press(f"Cut the connection from {mine}")
        page.shows("The visitor can connect again.")
        page.press("Cut")
        page.shows(f"Connection from {mine} cut")
        assert receive_all(first) == b""
        page.until(lambda: not page.row(mine))
        second.sendall(b"still here")
        assert receive_exact(second, 10) == b"still here"
        page.press("web")
        page.shows("Traffic of seven days")
        assert page.route == "/proxy/web"
        page.until(lambda: page.figures()["Out today"] == "4.01 KB")
        page.until(lambda: len(page.rows()) == 1)


def test_a_client_is_disconnected_kept_out_and_admitted_by_keyboard(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    client = lab.frpc(server.port, [tcp_proxy("ssh", lab.tcp_echo())], {"user": "alice", "clientID": "office"})
    page = browse(api.port)
    page.open("/clients")
    page.until(lambda: page.row("alice.office").get("Status") == "Online")
    page.tab_to("Disconnect alice.office")
    page.key("Enter")
    page.shows("Disconnect alice.office?")
    assert page.focus().startswith("Just disconnect")
    page.tab_to("Disconnect")
    page.key("Enter")
    page.shows("alice.office disconnected")
    client.wait_for("login to server success", count=2)
    page.until(lambda: page.focus() == "Disconnect alice.office", "the focus where it was")
    page.key("Enter")
    page.shows("Disconnect alice.office?")
    page.key("Down")
    page.tab_to("Disconnect")
    page.key("Enter")
    page.until(lambda: page.row("alice.office")["Status"].startswith("Kept out until"))
    client.wait_for("kept out for a while by the operator of the server")
    assert len(client.matching("login to server success")) == 2
    page.tab_to("Admit alice.office")
    page.key("Enter")
    client.wait_for("login to server success", count=3, timeout=30)
    page.until(lambda: page.row("alice.office")["Status"] == "Online")
    page.press("alice.office")
    page.shows("Last errors", "kicked by the operator")


def test_a_proxy_is_closed_and_opened_again(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    client = lab.frpc(server.port, [ssh, tcp_proxy("web", lab.tcp_echo())])
    page = browse(api.port)
    page.open("/proxies/tcp")
    page.until(lambda: page.row("ssh").get("Address") == f":{ssh['remotePort']}")
    page.press("Close ssh")
    page.shows("Close ssh?")
    page.key("Escape")
    page.hides("Close ssh?")
    assert tcp_echoes(ssh["remotePort"]), "Escape closes nothing"
    page.press("Close ssh")
    page.press("Close proxy")
    page.until(lambda: page.row("ssh")["Status"] == "Closed")
    assert refuses(ssh["remotePort"])
    page.press("ssh")
    page.press("Open ssh")
    page.shows("ssh may come back.")
    client.stop()
    lab.frpc(server.port, [ssh])
    page.until(lambda: page.has("Close ssh"))
    assert tcp_echoes(ssh["remotePort"])


def test_what_an_operator_turns_on_the_server(lab: Lab, browse: Browse) -> None:
    _, api = dashboard(lab)
    file = lab.folder / "frps1.json"
    options = json.loads(file.read_text())
    page = browse(api.port)
    page.choose("Log level", "warn")
    page.shows("Log level is warn now")
    assert api.data("/system/loglevel") == {"level": "warn"}
    file.write_text(json.dumps(options | {"bindPort": 70000}))
    page.press("Reload configuration")
    page.shows("Not reloaded", "bindPort", "70000")
    page.press("Close")
    page.press("Reload configuration")
    page.shows("Not reloaded")
    page.key("Escape")
    page.hides("Not reloaded")
    assert page.facts()["Max ports per client"] == "no limit"
    file.write_text(json.dumps(options | {"maxPortsPerClient": 7, "transport": {"tcpMux": False}}))
    page.press("Reload configuration")
    page.shows("Configuration reloaded", "In force now", "maxPortsPerClient", "after a restart", "transport.tcpMux")
    page.key("Escape")
    page.until(lambda: page.facts()["Max ports per client"] == "7")


def test_offline_proxies_are_cleared(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    lab.frpc(server.port, [tcp_proxy("ssh", lab.tcp_echo())])
    gone = lab.frpc(server.port, [tcp_proxy("camera", lab.tcp_echo())])
    page = browse(api.port)
    page.open("/proxies")
    page.until(lambda: page.row("camera").get("Status") == "Online")
    gone.stop()
    page.until(lambda: page.row("camera")["Status"] == "Offline")
    page.choose("Status", "Offline")
    page.until(lambda: len(page.rows()) == 1)
    page.press("Clear offline")
    page.shows("Forgets the statistics")
    page.press("Clear offline")
    page.shows("1 of 2 proxies were offline and are cleared", "No proxy fits")
    page.press("Show all")
    page.until(lambda: [row["Name"] for row in page.rows()] == ["ssh"])


def test_it_says_when_the_server_is_away_and_goes_on_when_it_is_back(lab: Lab, browse: Browse) -> None:
    server, api = dashboard(lab)
    page = browse(api.port)
    page.shows("live", "Bind port")
    page.mark()
    server.stop()
    page.shows("reconnecting", "What you see is the last that was known")
    assert page.figures()["Clients"] == "0"
    lab.run(lab.ends.frps, "-c", "frps1.json").wait_for("frps started successfully")
    page.press("Try now")
    page.hides("What you see is the last that was known")
    page.shows("live")
    assert page.is_marked()
