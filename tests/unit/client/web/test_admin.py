import http.client
import socket

import gevent
import pytest

from frpg.client.service import Client
from frpg.config.load import load_client
from frpg.errors import ConfigError
from tests.support.admin import AdminApi
from tests.support.fake_frps import eventually
from tests.support.ports import free_port
from tests.support.users import refuses
from tests.unit.client.web.conftest import Desk, MakeDesk

ROUTES = [
    *(
        ("GET", path)
        for path in ("/", "/static/", "/favicon.ico", "/api/status", "/api/live", "/api/config", "/metrics")
    ),
    *(("GET", path) for path in ("/api/proxy/ssh/config", "/api/visitor/v/config", "/api/loglevel", "/nope")),
    *((method, f"/api/store/{kind}") for method in ("GET", "POST") for kind in ("proxies", "visitors")),
    *((method, f"/api/store/{kind}/x") for method in ("GET", "PUT", "DELETE") for kind in ("proxies", "visitors")),
    ("GET", "/api/reload"),
    ("POST", "/api/reload"),
    ("PUT", "/api/config"),
    ("POST", "/api/config/check"),
    ("PUT", "/api/loglevel"),
    ("POST", "/api/stop"),
    ("PATCH", "/api/status"),
    ("GET", "/debug/pprof/"),
    ("GET", "/debug/pprof/goroutine"),
]


@pytest.mark.parametrize("password", [None, "wrong"])
def test_nothing_is_told_or_done_without_the_password(
    make_desk: MakeDesk, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frpg.web.access.DELAY", 0)
    desk = make_desk(webServer__pprofEnable=True)
    desk.run()
    before = desk.file.read_bytes()
    stranger = AdminApi(desk.port, password)
    for method, path in ROUTES:
        answer = stranger.ask(method, path, b"{}" if method != "GET" else None)
        assert (answer.status, answer.body) == (401, b"Unauthorized\n"), path
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Restricted"'
    assert stranger.ask("GET", "/healthz").status == 200
    assert desk.file.read_bytes() == before
    assert not desk.client.is_closing
    assert [proxy.phase for proxy in desk.client.proxies()] == ["running"]


@pytest.mark.parametrize(
    ("method", "path"), [route for route in ROUTES if route[0] in ("POST", "PUT", "DELETE")] + [("GET", "/api/reload")]
)
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.test"}]
)
def test_a_page_of_somebody_else_changes_nothing(desk: Desk, method: str, path: str, headers: dict[str, str]) -> None:
    answer = desk.api.ask(method, path, b"{}" if method != "GET" else None, headers)
    assert answer.status == 403
    assert not desk.client.is_closing


def test_a_page_of_ours_may(desk: Desk) -> None:
    assert desk.api.ask("GET", "/api/reload", headers={"Sec-Fetch-Site": "same-origin"}).status == 200


def test_it_answers_before_the_first_login(make_desk: MakeDesk) -> None:
    desk = make_desk(serverPort=free_port(), loginFailExit=False)
    desk.client.start()
    assert desk.api.get("/api/status") == {}
    assert eventually(lambda: "connection refused" in desk.api.get("/api/live")["client"]["error"])
    live = desk.api.get("/api/live")
    assert (live["client"]["connected"], live["client"]["since"]) == (False, 0)
    assert [(proxy["name"], proxy["status"]) for proxy in live["proxies"]] == [("ssh", "new")]


def test_a_port_that_is_taken_is_an_error_of_the_configuration(make_desk: MakeDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"^webServer: listen tcp 127.0.0.1:{port}: bind: address already in use$"
        ):
            make_desk(webServer__port=port)


def test_a_certificate_that_is_missing_is_an_error_of_the_configuration(make_desk: MakeDesk) -> None:
    with pytest.raises(ConfigError, match=r"^webServer: open nowhere.crt: no such file or directory$"):
        make_desk(webServer__tls__certFile="nowhere.crt", webServer__tls__keyFile="nowhere.key")


def test_a_stop_is_answered_and_then_ends_all(desk: Desk) -> None:
    waiting = http.client.HTTPConnection("127.0.0.1", desk.port)
    waiting.connect()
    answer = desk.api.ask("POST", "/api/stop")
    assert (answer.status, answer.body) == (200, b"")
    with gevent.Timeout(5):
        desk.client.join()
    assert desk.client.is_closing
    assert refuses(desk.port)
    waiting.close()


def test_a_stop_before_the_first_login(make_desk: MakeDesk) -> None:
    desk = make_desk(serverPort=free_port(), loginFailExit=False)
    desk.client.start()
    runner = gevent.spawn(desk.client.join)
    assert desk.api.ask("POST", "/api/stop").status == 200
    runner.get(timeout=5)


def test_a_client_that_never_ran_gives_its_port_back(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.client.close()
    assert refuses(desk.port)


@pytest.mark.parametrize(
    ("addr", "user", "is_warned"),
    [
        ("127.0.0.1", "", False),
        ("::1", "", False),
        ("localhost", "", False),
        ("0.0.0.0", "", True),
        ("0.0.0.0", "u", False),
    ],
)
def test_an_open_door_is_warned_about(
    make_desk: MakeDesk, caplog: pytest.LogCaptureFixture, addr: str, user: str, is_warned: bool
) -> None:
    caplog.set_level("INFO")
    desk = make_desk(webServer__addr=addr, webServer__user=user, webServer__password="")
    desk.log_in()
    host = f"[{addr}]" if ":" in addr else addr
    assert f"admin server listen on {host}:{desk.port}" in caplog.text
    assert ("asks for no password" in caplog.text) is is_warned


def test_without_a_port_nothing_of_the_web_is_made(make_desk: MakeDesk) -> None:
    desk = make_desk(webServer__port=0)
    desk.log_in()
    assert desk.client._admin is None


def test_without_a_store_its_routes_are_unknown(make_desk: MakeDesk) -> None:
    desk = make_desk(store__path="")
    desk.log_in()
    for method in ("GET", "POST"):
        answer = desk.api.ask(method, "/api/store/proxies", None if method == "GET" else b"{}")
        assert (answer.status, answer.text) == (404, "404 page not found\n")


def test_unknown_paths_and_wrong_methods(desk: Desk) -> None:
    assert desk.api.ask("GET", "/api/nope").text == "404 page not found\n"
    assert desk.api.ask("GET", "/debug/pprof/").status == 404  # not asked for by pprofEnable
    answer = desk.api.ask("DELETE", "/api/status")
    assert (answer.status, answer.body) == (405, b"")


def test_a_store_that_cannot_be_read_keeps_the_client_from_starting(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.client.close()
    (desk.file.parent / "store.json").write_text("{")
    with pytest.raises(ConfigError, match="failed to create store source"):
        Client(load_client(desk.file).config, config_path=str(desk.file))
