"""Who may ask the dashboard of frps, from where, and what it never says: every route, every method."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from gevent.pool import Pool

from frpg.server.service import Server
from tests.support.lab import Lab, nest, tcp_proxy
from tests.support.ports import free_port
from tests.support.web_api import PASSWORD, USER, Answer, Dashboard, Work, dashboard
from tests.unit.server.conftest import server_config

pytestmark = pytest.mark.usefixtures("frpg_only")

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
READING = ("GET", "HEAD", "OPTIONS", "TRACE")
UNKNOWN = (
    "/none", "/api", "/api/", "/api/v2", "/api/v3/none", "/static", "/static/../api/serverinfo", "//healthz/x",
    "/healthz/", "/healthz%2F", "/debug/pprof", "/debug/pprof/none", "/debug/pprof/symbol", "/%zz", "/.git/config",
    "/%00", "/HEALTHZ", "/healthz;x",
)  # fmt: skip
EVERYTHING = {"webServer.pprofEnable": True, "enablePrometheus": True}
AT_ONCE = 40  # requests: each failure takes 200 ms


class Route(NamedTuple):
    path: str  # with names that nobody has
    methods: frozenset[str]


def routes() -> list[Route]:
    """All that a server with everything turned on answers."""
    options = {"web_server__port": free_port(), "web_server__pprof_enable": True, "enable_prometheus": True}
    server = Server(server_config(**options), bind_port=0)
    server.start()
    try:
        dashboard = server._window.dashboard
        assert dashboard is not None
        rules = list(dashboard._site.app.url_map.iter_rules())
    finally:
        server.close()
    return [Route(re.sub("<[^>]*>", "none", rule.rule), frozenset(rule.methods or ())) for rule in rules]


Each = Callable[[Callable[..., Any], list[Any]], list[Any]]


@pytest.fixture
def each() -> Iterator[Each]:
    """Calls with each of the arguments, many at a time."""
    pool = Pool(AT_ONCE)
    yield lambda call, arguments: pool.map(lambda one: call(*one), arguments)
    pool.kill()


@pytest.fixture
def api(lab: Lab) -> Dashboard:
    return dashboard(lab, EVERYTHING)[1]


def token(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


WRONG = [
    {},
    token(USER, ""), token("", ""), token(USER, PASSWORD[:-1]), token(USER, f"{PASSWORD} "), token("Admin", PASSWORD),
    token("", PASSWORD), token(PASSWORD, USER),
    {"Authorization": "Basic"}, {"Authorization": "Basic !"}, {"Authorization": f"Bearer {PASSWORD}"},
    {"X-Forwarded-User": USER}, {"Cookie": f"session={USER}"},
]  # fmt: skip


def test_every_route_and_method_asks_for_the_password(api: Dashboard, each: Each) -> None:
    stranger = Dashboard(api.port, None)
    paths = [*{route.path for route in routes()}, *UNKNOWN]
    assert len(paths) > 40
    asked = [(method, path, None, credentials) for path in paths for method in METHODS for credentials in WRONG[:4]]
    for (method, path, _, credentials), answer in zip(asked, each(stranger.ask, asked), strict=True):
        expected = 200 if path == "/healthz" and method in METHODS[:7] else 401
        if path == "/healthz" and expected != 200:
            expected = 405
        assert answer.status == expected, (method, path, credentials)
        if expected == 401:
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="Restricted"'
            assert answer.body == (b"" if method == "HEAD" else b"Unauthorized\n")


@pytest.mark.parametrize("path", ["/api/serverinfo", "/static/", "/debug/pprof/goroutine", "/metrics", "/none"])
def test_wrong_credentials_of_all_kinds(api: Dashboard, each: Each, path: str) -> None:
    stranger = Dashboard(api.port, None)
    answers = each(stranger.ask, [("GET", path, None, credentials) for credentials in WRONG])
    assert {answer.status for answer in answers} == {401}
    assert stranger.ask("GET", path, headers=token(USER, PASSWORD)).status != 401


def test_who_knows_the_password_gets_in_and_wrong_methods_a_405(api: Dashboard, each: Each) -> None:
    known = routes()
    asked = [
        (method, path)
        for path in {route.path for route in known}
        for method in METHODS
        if not (method == "GET" and path == "/debug/pprof/profile")  # it takes its time
    ]
    allowed = {(method, route.path) for route in known for method in route.methods}
    answers = each(api.ask, asked)
    for (method, path), answer in zip(asked, answers, strict=True):
        is_right = (method, path) in allowed and (method != "HEAD" or path == "/healthz")
        if is_right:
            assert answer.status in (200, 301, 400, 404, 501), (method, path, answer)
        else:
            assert (answer.status, answer.body) == (405, b""), (method, path, answer)


# --- pages of others


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:{port}"},
    {"Origin": "http://evil.test"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "null"},
    {"Origin": ""},
]
OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://127.0.0.1:{port}"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://name.test"},  # a proxy in front has another name
]


def filled(headers: dict[str, str], port: int) -> dict[str, str]:
    return {name: value.replace("{port}", str(port)) for name, value in headers.items()}


def test_no_page_of_others_changes_anything(api: Dashboard, each: Each) -> None:
    known = [
        (method, route.path)
        for route in routes()
        for method in route.methods
        if method not in READING and route.path != "/healthz"
    ]
    assert len(known) > 10
    for headers in FOREIGN:
        answers = each(api.ask, [(*request, None, filled(headers, api.port)) for request in known])
        assert {answer.status for answer in answers} == {403}, headers
    for headers in OWN:
        answers = each(api.ask, [(*request, None, filled(headers, api.port)) for request in known])
        assert not {401, 403} & {answer.status for answer in answers}, headers


def test_pages_of_others_that_read_get_nothing_that_a_browser_would_show_them(api: Dashboard) -> None:
    for headers in FOREIGN:
        answer = api.ask("GET", "/api/serverinfo", None, filled(headers, api.port))
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_without_a_password_no_foreign_name_leads_here(lab: Lab) -> None:
    """A page may have its own name resolve to this machine; then its requests are same-origin to the browser."""
    port = free_port()
    lab.frps({"webServer.port": port})
    open_to_all = Dashboard(port, None)
    browser = {"Sec-Fetch-Site": "same-origin"}
    assert open_to_all.ask("GET", "/api/serverinfo", None, browser).status == 200
    for host, status in {
        "evil.test": 403, f"evil.test:{port}": 403, f"localhost:{port}": 200, f"127.0.0.1:{port}": 200,
        f"[::1]:{port}": 200, "127.0.0.1.evil.test": 403,
    }.items():  # fmt: skip
        assert open_to_all.ask("GET", "/api/serverinfo", None, {**browser, "Host": host}).status == status, host


# --- what every answer has, and what none has


def test_every_answer_forbids_scripts_of_others(api: Dashboard, each: Each) -> None:
    asked = [(method, path) for path in (*(route.path for route in routes()), *UNKNOWN) for method in ("GET", "POST")]
    asked = [one for one in asked if one != ("GET", "/debug/pprof/profile")]
    answers = each(api.ask, asked) + each(Dashboard(api.port, None).ask, asked[:20])
    assert {401, 200, 301, 400, 404, 405} <= {answer.status for answer in answers}
    for request, answer in zip([*asked, *asked[:20]], answers, strict=True):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), request
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff", request
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_scripts_in_names_are_text(lab: Lab) -> None:
    script = "</script><script>alert(1)</script>&"
    server, api = dashboard(lab, EVERYTHING)
    proxy = tcp_proxy(script, lab.tcp_echo(), annotations={"a": script}, metadatas={"m": script})
    lab.frpc(server.port, [proxy], {"user": script, "clientID": script})
    for path in READ:
        answer = api.ask("GET", path)
        if answer.headers.get_content_type() == "application/json":
            assert b"<" not in answer.body, path
            assert b"&" not in answer.body, path
    assert api.items("/proxies")[0]["name"] == f"{script}.{script}"
    assert api.items("/clients")[0]["key"] == f"{script}.{script}"
    missing = api.ask("GET", "/api/clients/%3Cscript%3E")
    assert (missing.status, missing.json["Msg"]) == (404, "client <script> not found")
    assert b"<" not in missing.body


READ = [
    "/api/serverinfo", *[f"/api/proxy/{kind}" for kind in ("tcp", "udp", "http", "https", "tcpmux")], "/api/clients",
    "/api/clients/alice.cid1", "/api/proxies/alice.http1", "/api/proxies/member", "/api/traffic/alice.tcp1",
    "/api/v2/system/info", "/api/v2/system/live", "/api/v2/system/loglevel", "/api/v2/users", "/api/v2/clients",
    "/api/v2/clients/alice.cid1", "/api/v2/clients/alice.cid1/errors", "/api/v2/proxies", "/api/v2/proxies/alice.http1",
    "/api/v2/proxies/alice.tcpmux1", "/api/v2/proxies/member", "/api/v2/proxies/alice.http1/errors",
    "/api/v2/proxies/alice.tcp1/traffic", "/api/v2/connections", "/metrics", "/debug/pprof/", "/debug/pprof/cmdline",
    "/debug/pprof/goroutine", "/debug/pprof/goroutine?debug=1", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap",
    "/debug/pprof/heap?debug=1", "/debug/pprof/profile?seconds=1", "/static/", "/static/app.js", "/none",
]  # fmt: skip


def test_no_secret_in_any_answer_or_log(lab: Lab) -> None:
    work = Work(lab, EVERYTHING | {"log.level": "trace"}, client={"log.level": "trace"})
    _refuse_all(work)
    answers = {path: work.api.ask("GET", path) for path in READ}
    answers |= {f"{method} {path}": work.api.ask(method, path, body) for method, path, body in CHANGES}
    broken = lab.config("frps", {"auth.token": "correct horse", "webServer.password": PASSWORD, "bindPort": "x"})
    broken.rename(lab.folder / "frps1.json")  # the file that the server runs by
    answers["reload"] = work.api.ask("POST", "/api/v2/system/reload")
    assert answers["reload"].status == 400
    assert sum(answer.status == 200 for answer in answers.values()) > 35
    secrets = [*work.secrets, token(USER, PASSWORD)["Authorization"].removeprefix("Basic ")]
    for secret in secrets:
        for path, answer in answers.items():
            assert secret.encode() not in answer.body + bytes(str(answer.headers), "utf-8"), path
        for program in lab.programs:
            assert secret not in program.text, program.name


CHANGES = [
    ("PUT", "/api/v2/system/loglevel", {"level": "trace"}),
    ("POST", "/api/v2/proxies/alice.http1/close", None),
    ("POST", "/api/v2/proxies/alice.http1/open", None),
    ("POST", "/api/v2/clients/alice.cid1/kick", {"keepOutSeconds": 1}),
    ("POST", "/api/v2/clients/alice.cid1/admit", None),
    ("POST", "/api/v2/system/reload", None),
]


def _refuse_all(work: Work) -> None:
    """Some of what can go wrong: its lines, and the errors on the pages, tell of it."""
    lab = work.lab
    member = tcp_proxy("intruder", lab.tcp_echo(), 0) | {"loadBalancer.group": "group"}
    member |= {"loadBalancer.groupKey": "group secret 2", "remotePort": 10240}
    intruder = lab.start_frpc(work.server.port, {"user": "alice", "clientID": "cid3", "proxies": [nest(member)]})
    intruder.wait_for("start error")
    stranger = lab.start_frpc(work.server.port, {"auth.token": "a wrong one", "loginFailExit": True})
    stranger.wait_exit()
    Dashboard(work.api.port, "a wrong one").ask("GET", "/api/serverinfo")


def test_a_body_that_is_too_large(api: Dashboard) -> None:
    answer: Answer = api.ask("PUT", "/api/v2/system/loglevel", b"x" * (1 << 20) + b"x")
    assert answer.status == 413
    assert api.data("/system/loglevel") == {"level": "debug"}
