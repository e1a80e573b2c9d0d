"""/debug/pprof/ of both running programs: behind the password, and in nobody's way."""

import contextlib
import http.client

import gevent
import pytest

from tests.support.admin import AdminApi, admin_options
from tests.support.lab import TOKEN, Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.users import connect as visit
from tests.support.users import receive_exact

pytestmark = pytest.mark.usefixtures("frpg_only")


@pytest.fixture
def web(lab: Lab) -> dict[str, AdminApi]:
    """The web ports of a server and its client; in between, one tunnel."""
    ports = {"frps": free_port(), "frpc": free_port()}
    options = {name: {"webServer.pprofEnable": True, **admin_options(port)} for name, port in ports.items()}
    server = lab.frps(options["frps"])
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy], options["frpc"])
    with visit(proxy["remotePort"]) as user:
        user.sendall(b"hello")
        assert receive_exact(user, 5) == b"hello"
    return {name: AdminApi(port) for name, port in ports.items()}


@pytest.mark.parametrize("name", ["frps", "frpc"])
def test_what_the_program_does(web: dict[str, AdminApi], name: str) -> None:
    for query in ("debug=1", "debug=2"):
        text = web[name].ask("GET", f"/debug/pprof/goroutine?{query}").text
        assert "[this request]:\nfrpg.web.diagnosis." in text
        assert "gevent.hub.Hub.run" in text
        assert f"frpg.{'server' if name == 'frps' else 'client'}." in text
    assert "frpg." in web[name].ask("GET", "/debug/pprof/heap").text
    assert TOKEN not in web[name].ask("GET", "/debug/pprof/cmdline").text


@pytest.mark.parametrize("name", ["frps", "frpc"])
def test_a_profile(web: dict[str, AdminApi], name: str) -> None:
    answer = web[name].ask("GET", "/debug/pprof/profile?seconds=1")
    assert answer.status == 200
    for line in answer.text.splitlines():
        stack, count = line.rsplit(" ", 1)
        assert stack and int(count) > 0


@pytest.mark.parametrize("name", ["frps", "frpc"])
def test_nothing_of_it_without_the_password(web: dict[str, AdminApi], name: str) -> None:
    stranger = AdminApi(web[name].port, None)
    for path in ("", "goroutine?debug=2", "profile?seconds=1", "cmdline", "none"):
        assert stranger.ask("GET", f"/debug/pprof/{path}").status == 401


def test_there_is_none_unless_it_is_wanted(lab: Lab) -> None:
    port = free_port()
    lab.frps(admin_options(port))
    assert AdminApi(port).ask("GET", "/debug/pprof/").status == 404


def test_a_program_ends_in_time_under_a_profile(lab: Lab, web: dict[str, AdminApi]) -> None:
    """`stop` gives it two seconds."""
    askers = [gevent.spawn(_ask_long, api) for api in web.values()]
    for program, api in reversed(list(zip(lab.programs, web.values(), strict=True))):
        program.wait_for("http request: [/debug/pprof/profile]")
        assert api.ask("GET", "/debug/pprof/profile?seconds=1").status == 409
        assert program.stop() == 0
    gevent.joinall(askers)


def _ask_long(api: AdminApi) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):  # it is cut off
        api.ask("GET", "/debug/pprof/profile?seconds=30")
