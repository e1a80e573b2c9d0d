"""Who gets in, and from which pages."""

import http.client

import pytest

from frpg.web.access import DELAY
from frpg.web.answers import empty, plain
from tests.unit.web.asking import PASSWORD, USER, MakeWeb, Web, basic

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
PATHS = ("/", "/static/", "/static/app.js", "/favicon.ico", "/api/thing", "/no/such", "/debug/pprof/", "//x", "/%zz")


@pytest.fixture
def guarded(web: Web) -> Web:
    web.site.route("/api/thing", lambda: plain("thing"), "GET", "POST", "DELETE")
    web.site.route("/api/reload", lambda: empty())
    return web


@pytest.fixture
def unguarded(make_web: MakeWeb) -> Web:
    web = make_web(user="", password="")
    web.site.route("/api/thing", lambda: plain("thing"), "GET", "POST", "DELETE")
    web.site.route("/api/reload", lambda: empty())
    return web


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_told_without_the_password(guarded: Web, delays: list[float], method: str, path: str) -> None:
    answer = guarded.ask(method, path)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Restricted"'
    assert answer.body == (b"" if method == "HEAD" else b"Unauthorized\n")
    assert delays == [DELAY]
    (((ip, port), why),) = guarded.refusals
    assert (ip, why) == ("127.0.0.1", "no password given")
    assert port > 0


@pytest.mark.parametrize(
    "header",
    [
        basic(USER, "wrong")["Authorization"],
        basic("other", PASSWORD)["Authorization"],
        basic(USER, "")["Authorization"],
        basic("", "")["Authorization"],
        basic(USER, PASSWORD + "\0")["Authorization"],
        basic(USER.upper(), PASSWORD)["Authorization"],
        "Basic",
        "Basic ",
        "Basic !!!not base64!!!",
        "Basic YQ==",  # a, no colon
        "Basic /////w==",  # no UTF-8
        "Bearer " + PASSWORD.encode().hex(),
        'Digest username="operator", realm="Restricted", nonce="x", uri="/", response="y"',
        "",
        "x" * 4096,
    ],
)
@pytest.mark.parametrize("path", ["/api/thing", "/no/such/path"])
def test_a_wrong_password_is_none(guarded: Web, delays: list[float], header: str, path: str) -> None:
    answer = guarded.ask("GET", path, {"Authorization": header})
    assert (answer.status, answer.body) == (401, b"Unauthorized\n")
    assert delays == [DELAY]
    assert len(guarded.refusals) == 1


def test_a_wrong_password_is_told_from_none(guarded: Web) -> None:
    guarded.ask("GET", "/api/thing", basic(USER, "wrong"))
    guarded.ask("GET", "/api/thing")
    assert [why for _, why in guarded.refusals] == ["wrong user or password", "no password given"]


def test_the_password_opens(guarded: Web, delays: list[float]) -> None:
    assert guarded.get("/api/thing").body == b"thing"
    assert guarded.get("/no/such/path").status == 404
    assert (delays, guarded.refusals) == ([], [])


@pytest.mark.parametrize(("user", "password"), [("operator", ""), ("", "only a password")])
def test_half_a_pair_is_asked_for(make_web: MakeWeb, user: str, password: str) -> None:
    web = make_web(user=user, password=password)
    assert not web.access.is_open
    assert web.ask("GET", "/").status == 401
    assert web.ask("GET", "/", basic("", "")).status == 401
    assert web.ask("GET", "/", basic(user, password)).status == 301


def test_a_changed_password_holds_from_now_on(guarded: Web) -> None:
    assert guarded.get("/api/thing").status == 200
    guarded.access.change("operator", "new")
    assert guarded.get("/api/thing").status == 401
    assert guarded.ask("GET", "/api/thing", basic("operator", "new")).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
def test_the_health_check_needs_no_password(guarded: Web, method: str) -> None:
    answer = guarded.ask(method, "/healthz", {"Host": "any.test", "Origin": "http://evil.test"})
    assert (answer.status, answer.body) == (200, b"")
    assert guarded.refusals == []


@pytest.mark.parametrize("path", ["/healthz/", "/%68ealthz", "/healthz/../api/thing", "/healthz%2f", "/HEALTHZ"])
def test_no_other_spelling_of_the_health_check_opens(guarded: Web, path: str) -> None:
    assert guarded.ask("GET", path).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Origin": "http://here.test:7500", "Host": "here.test:7500"}, 200),
        ({"Origin": "http://evil.test", "Host": "here.test:7500"}, 403),
        ({"Origin": "http://here.test", "Host": "here.test:7500"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": ""}, 403),
        # The browser compares better than we can: behind a proxy the host is another one.
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://public.test", "Host": "inner.test"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://here.test", "Host": "here.test"}, 403),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/thing"), ("DELETE", "/api/thing"), ("GET", "/api/reload")])
def test_pages_of_others_change_nothing(
    guarded: Web, headers: dict[str, str], status: int, method: str, path: str
) -> None:
    answer = guarded.ask(method, path, basic() | headers)
    assert answer.status == status
    whys = [why for _, why in guarded.refusals]
    assert whys == ([] if status == 200 else ["the request comes from a page of another site"])


def test_pages_of_others_may_link_to_ours(guarded: Web) -> None:
    assert guarded.get("/api/thing", Sec_Fetch_Site="cross-site", Origin="http://evil.test").status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:7500", "[::1]:7500", "localhost:7500", "a.localhost", "192.0.2.7"])
@pytest.mark.parametrize("browser", [{"Sec-Fetch-Site": "same-origin"}, {"Accept-Language": "de"}])
def test_an_open_site_serves_browsers_under_its_address(unguarded: Web, host: str, browser: dict[str, str]) -> None:
    assert unguarded.ask("GET", "/api/thing", {"Host": host} | browser).status == 200


@pytest.mark.parametrize("host", ["rebound.test:7500", "rebound.test", "localhost.rebound.test", "127.0.0.1.test", ""])
@pytest.mark.parametrize(
    "browser",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://rebound.test:7500"},
        # All that a browser says where the page came by plain HTTP from a name.
        {"Accept-Language": "en-US,en;q=0.5"},
    ],
)
def test_an_open_site_is_no_prey_of_a_name_that_leads_here(unguarded: Web, host: str, browser: dict[str, str]) -> None:
    answer = unguarded.ask("GET", "/api/thing", {"Host": host} | browser)
    assert answer.status == 403
    assert b"set a password" in answer.body


def test_an_open_site_serves_programs_under_any_name(unguarded: Web) -> None:
    assert unguarded.ask("GET", "/api/thing", {"Host": "frps.internal:7500", "User-Agent": "curl/8.0"}).status == 200


def test_with_a_password_the_name_does_not_matter(guarded: Web) -> None:
    assert guarded.get("/api/thing", Host="frps.example.test", Sec_Fetch_Site="same-origin").status == 200


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "http://x", "x" * 300, "é", "127.0.0.1:x"])
def test_a_broken_host_is_no_fault_of_ours(unguarded: Web, host: str) -> None:
    request = f"GET /api/thing HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n"
    status = unguarded.raw(request.encode("latin-1")).split(b" ", 2)[1]
    assert status == b"403"


def test_the_port_that_asked_is_noted(guarded: Web) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", guarded.server.port, timeout=5)
    connection.request("GET", "/api/thing")
    port = connection.sock.getsockname()[1]
    assert connection.getresponse().status == 401
    connection.close()
    assert guarded.refusals == [(("127.0.0.1", port), "no password given")]
