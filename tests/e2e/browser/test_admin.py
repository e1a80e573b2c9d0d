"""The pages of frpc in Chromium: its proxies and their phases, its store, its configuration, its end."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.admin import admin_options
from tests.support.browser import Page
from tests.support.lab import TOKEN, Lab, tcp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port
from tests.support.users import connect, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually

pytestmark = pytest.mark.program
Browse = Callable[..., Page]

FILE = """\
# ours
serverAddr = "127.0.0.1"
serverPort = {server}
auth.token = "{token}"
loginFailExit = false
webServer.port = {admin}
webServer.user = "{user}"
webServer.password = "{password}"

[[proxies]]
name = "ssh"
type = "tcp"
localPort = {service}
remotePort = {remote}
"""


def test_what_runs_and_what_does_not_is_seen_at_once(lab: Lab, browse: Browse) -> None:
    port = free_port()
    server = lab.frps({"allowPorts": [{"single": port}]})
    ssh, refused = tcp_proxy("ssh", lab.tcp_echo(), port), tcp_proxy("web", lab.tcp_echo())
    client = ManagedClient(lab, server.port, [ssh], clientID="office")
    client.reload(ssh, refused)
    page = browse(client.port)
    page.until(lambda: page.figures().get("Proxies") == "1")
    page.shows("Connected", "Not running", "port not allowed")
    page.mark()
    with connect(port) as visitor:
        visitor.sendall(bytes(100_000))
        assert len(receive_exact(visitor, 100_000)) == 100_000
        page.until(lambda: page.figures()["Connections"] == "1")
        page.until(lambda: page.figures()["Traffic"] == "195 KB")
        page.press("Proxies")
        page.until(lambda: page.row("ssh").get("Conns") == "1")
    assert page.row("ssh")["Status"] == "running"
    assert page.row("web")["Status"] == "start error"
    assert "port not allowed" in page.row("web")["Name"]
    page.press("Error 1")
    page.until(lambda: len(page.rows()) == 1)
    page.press("web")
    page.shows("Connection error", "port not allowed", "from the configuration file")
    page.back()
    page.until(lambda: [row["Status"] for row in page.rows()] == ["start error"])
    server.stop()
    page.press("Overview")
    page.until(lambda: page.figures().get("Session") == "Offline")
    page.shows("Not connected to", "The last attempt failed")
    assert page.is_marked()


def test_an_entry_of_the_store_from_the_form_to_its_end(lab: Lab, browse: Browse) -> None:
    echo, remote, other = lab.tcp_echo(), free_port(), free_port()
    client = ManagedClient(lab, lab.frps().port, store__path="store.json")
    page = browse(client.port)
    page.open("/proxies")
    page.press("New proxy")
    page.press("Create proxy")
    page.shows("2 things are wrong; nothing was saved.", "A value is needed.")
    assert page.browser.switch_to.active_element.get_attribute("role") == "alert"
    page.fill("name", "web")
    page.fill("localPort", echo)
    page.fill("remotePort", 70000)
    page.fill("transport.bandwidthLimit", "fast")
    page.press("Create proxy")
    page.shows("From 0 to 65535.", "Write a number and its unit KB or MB")
    page.fill("remotePort", remote)
    page.fill("transport.bandwidthLimit", "10MB")
    page.press("Create proxy")
    page.shows("web created")
    page.until(lambda: page.row("web").get("Status") == "running")
    assert page.route == "/proxies?tab=store"
    assert tcp_echoes(remote)

    page.press("Edit web")
    page.fill("remotePort", other)
    page.press("Save changes")
    page.shows("web saved")
    client.program.wait_for("[web] start proxy success", count=2)
    assert tcp_echoes(other)
    page.press("Disable web")
    page.until(lambda: page.row("web")["Status"] == "disabled")
    eventually(lambda: refuses(other))
    page.press("Enable web")
    page.until(lambda: page.row("web")["Status"] == "running")
    assert tcp_echoes(other)
    page.press("New proxy")
    page.fill("name", "web")
    page.fill("localPort", echo)
    page.press("Create proxy")
    page.shows("One thing is wrong; nothing was saved.", "already exists")
    page.press("Cancel")
    page.shows("Leave without saving?")
    page.press("Leave")
    page.press("Delete web")
    page.shows("Delete web?")
    page.press("Delete")
    page.shows("The store has no proxy")
    eventually(lambda: refuses(other))


def test_without_a_store_it_says_how_to_have_one(lab: Lab, browse: Browse) -> None:
    client = ManagedClient(lab, lab.frps().port)
    page = browse(client.port)
    for route in ("/proxies?tab=store", "/proxies/create", "/visitors?tab=store"):
        page.open(route)
        page.shows("The store is off", '[store]\npath = "./frpc_store.json"')
    assert not page.has("New proxy")


def test_a_configuration_is_checked_saved_and_applied(lab: Lab, browse: Browse) -> None:
    admin, remote, other = free_port(), free_port(), free_port()
    options = admin_options(admin)
    text = FILE.format(
        server=lab.frps().port, admin=admin, token=TOKEN, remote=remote, service=lab.tcp_echo(),
        user=options["webServer.user"], password=options["webServer.password"],
    )  # fmt: skip
    file = lab.write("frpc.toml", text)
    program = lab.run(lab.ends.frpc, "-c", str(file))
    program.wait_for("[ssh] start proxy success")
    page = browse(admin)
    page.open("/config")
    page.until(lambda: page.editor() == text)
    page.edit(text.replace("remotePort =", "remotePrt =").replace('type = "tcp"', 'type = "tpc"'))
    page.shows("Not saved")
    page.press("Save and reload")
    page.shows("not saved", "Line 12", "tpc")
    assert file.read_text() == text
    page.press("Line 12")
    page.until(lambda: page.selected() == 'type = "tpc"')
    assert page.browser.find_element("css selector", ".editor-line.marked").text == "12"

    page.edit(text.replace(f"remotePort = {remote}", f"remotePort = {other}"))
    page.press("Check")
    page.shows("No faults.")
    assert file.read_text() == text
    page.press("Overview")
    page.shows("Leave without saving?")
    page.press("Cancel")
    page.hides("Leave without saving?")
    page.press("Save and reload")
    page.shows("Save the configuration?")
    page.press("Save")
    page.shows("Saved and reloaded")
    program.wait_for("[ssh] start proxy success", count=2)
    assert tcp_echoes(other)
    assert f"remotePort = {other}" in file.read_text()

    file.write_text("# by another hand\n" + file.read_text())
    page.edit(text)
    page.press("Save and reload")
    page.shows("The file has changed on disk")
    page.pick("Show the one on disk")
    page.press("Go on")
    page.until(lambda: page.editor().startswith("# by another hand\n"))
    file.write_text("nonsense = 1\n" + text)
    page.press("Overview")
    page.press("Reload")
    page.shows("Not reloaded", "Line 1", "nonsense")
    page.press("Open the configuration")
    page.until(lambda: page.heading == "Configuration")
    assert tcp_echoes(other)


def test_the_log_level_and_the_end(lab: Lab, browse: Browse) -> None:
    client = ManagedClient(lab, lab.frps().port, [tcp_proxy("ssh", lab.tcp_echo())])
    page = browse(client.port)
    page.shows("Connected")
    page.choose("Log level", "error")
    page.shows("Log level is error now")
    assert client.api.get("/api/loglevel") == {"level": "error"}
    page.press("Stop")
    page.shows("Stop frpc?")
    page.press("Stop frpc")
    assert client.program.wait_exit() == 0
    page.shows("reconnecting")


def test_secrets_and_markup_of_a_proxy(lab: Lab, browse: Browse) -> None:
    script = "<script>window.owned = 1</script>"
    client = ManagedClient(lab, lab.frps().port, store__path="store.json")
    web: dict[str, Any] = {"localPort": 80, "customDomains": ["a.test"], "httpUser": script, "httpPassword": "pa55"}
    entry = {"name": f"a/b?c#d% {script}", "type": "http", "http": web}
    assert client.api.ask("POST", "/api/store/proxies", entry).status == 200
    page = browse(client.port)
    page.open("/proxies")
    page.until(lambda: page.row(entry["name"]).get("Status") == "start error")  # the server has no port for it
    page.press(str(entry["name"]))
    page.until(lambda: page.heading == entry["name"])
    page.shows("HTTP password", script)
    assert "pa55" not in page.text
    page.press("Show HTTP password")
    page.shows("pa55")
    assert not page.browser.execute_script("return window.owned")
    assert json.loads((lab.folder / "store.json").read_text())["proxies"]
