"""The frame that every request goes through: headers, paths, errors, log lines."""

import logging

import pytest
from flask import Response, request

from frpg.web.answers import ApiError, bare, body, enveloped, plain
from frpg.web.site import MAX_BODY
from tests.unit.web.asking import USER, Answer, MakeWeb, Web, basic

LOGGER = "frpg.web.site"


@pytest.fixture
def site(web: Web) -> Web:
    web.site.route("/api/thing", lambda: bare({"a": 1}))
    web.site.route("/api/live", lambda: bare({}))
    web.site.route("/api/echo", lambda: plain(f"{len(body())}"), "PUT", "POST")
    web.site.route("/api/proxy/<name:name>", lambda name: bare({"name": name}))
    web.site.route("/api/proxy/<name:name>/traffic", lambda name: bare({"traffic": name}))
    web.site.route("/api/gone", _gone)
    web.site.route("/api/v2/gone", _gone)
    web.site.route("/api/broken", _broken)
    web.site.route("/api/v2/broken", _broken)
    web.site.route("/api/v2/query", lambda: enveloped(dict(request.args)))
    return web


def _gone() -> Response:
    raise ApiError(404, "no <such> thing")


def _broken() -> Response:
    raise RuntimeError("the password is hunter2")


def check_headers(answer: Answer) -> None:
    """What every answer carries, whatever it is."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
    assert not any(name.lower().startswith("access-control-") for name in answer.headers)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/", 301),
        ("GET", "/static/", 200),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/api/thing", 200),
        ("GET", "/api/gone", 404),
        ("GET", "/api/broken", 500),
        ("GET", "/no/such/path", 404),
        ("DELETE", "/api/thing", 405),
        ("GET", "/a/../b", 301),
        ("GET", "/%zz", 400),
    ],
)
def test_every_answer_carries_the_headers(site: Web, method: str, path: str, status: int) -> None:
    answer = site.ask(method, path, basic())
    assert answer.status == status
    check_headers(answer)


@pytest.mark.parametrize("path", ["/", "/api/thing", "/no/such/path"])
def test_refusals_carry_the_headers_too(site: Web, path: str) -> None:
    unknown = site.ask("GET", path)
    assert unknown.status == 401
    check_headers(unknown)
    foreign = site.ask("POST", path, basic() | {"Origin": "http://evil.test"})
    assert foreign.status == 403
    check_headers(foreign)


def test_answers_of_an_interface_are_not_kept(site: Web) -> None:
    assert site.get("/api/thing").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/no/such/path", "/api", "/api/thing/", "/api/proxy/", "/static/nothing", "/API/thing"]
)
def test_unknown_paths(site: Web, path: str) -> None:
    answer = site.get(path)
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_wrong_methods(site: Web, method: str) -> None:
    answer = site.ask(method, "/api/thing", basic())
    assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize("path", ["/%", "/%z1", "/api/proxy/%", "/api/proxy/a%2", "/api/proxy/100%"])
def test_broken_escapes(site: Web, path: str) -> None:
    answer = site.get(path)
    assert (answer.status, answer.body) == (400, b"400 Bad Request\n")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("//", "/"),
        ("//api/thing", "/api/thing"),
        ("/api//thing", "/api/thing"),
        ("/api/./thing", "/api/thing"),
        ("/api/x/../thing?a=1&b=%20", "/api/thing?a=1&b=%20"),
        ("/../../api/thing", "/api/thing"),
        ("/api/thing/..", "/api/"),
        ("/api/thing/.", "/api/thing/"),
        ("/static//", "/static/"),
        ("/..", "/"),
        ("///evil.test/%2e%2e", "/evil.test/%2e%2e"),
    ],
)
def test_paths_are_cleaned(site: Web, path: str, place: str) -> None:
    answer = site.get(path)
    assert answer.status == 301
    assert answer.headers["Location"] == place


@pytest.mark.parametrize(
    "path", ["//evil.test", "//evil.test/..//x", "/\\evil.test", "//\\evil.test/", "/.//\\evil.test"]
)
def test_no_redirect_leads_away(site: Web, path: str) -> None:
    answer = site.get(path)
    place = answer.headers["Location"] or "/"
    assert answer.status in (301, 404)
    assert place[0] == "/"
    assert place[1:2] not in ("/", "\\")


def test_names_with_dots_are_no_steps(site: Web) -> None:
    assert site.get("/api/proxy/.hidden").json == {"name": ".hidden"}
    assert site.get("/api/proxy/...").json == {"name": "..."}
    assert site.get("/api/proxy/a..b").json == {"name": "a..b"}


@pytest.mark.parametrize(
    ("encoded", "name"),
    [
        ("alice.ssh", "alice.ssh"),
        ("a%20b", "a b"),
        ("a%2Fb", "a/b"),
        ("%2F", "/"),
        ("a%252Fb", "a%2Fb"),
        ("..%2F..%2Fetc", "../../etc"),
        ("%3Cscript%3E", "<script>"),
        ("%E2%82%AC", "€"),
        ("a+b", "a+b"),
        ("a%3Fb%23c", "a?b#c"),
        ("traffic", "traffic"),
    ],
)
def test_names_are_decoded_once(site: Web, encoded: str, name: str) -> None:
    assert site.get(f"/api/proxy/{encoded}").json == {"name": name}
    assert site.get(f"/api/proxy/{encoded}/traffic").json == {"traffic": name}


def test_a_name_that_is_no_text_is_nobodys(site: Web) -> None:
    answer = site.get("/api/proxy/%FF%FE")
    assert answer.status == 200
    assert answer.body.decode()  # UTF-8 all the same


def test_a_query_is_data(site: Web) -> None:
    assert site.get("/api/v2/query?q=%3Cscript%3E&x=a%26b").json["data"] == {"q": "<script>", "x": "a&b"}
    assert site.get("/api/v2/query?q=%FF%zz").status == 200


def test_errors_in_the_shape_of_their_route(site: Web) -> None:
    first = site.get("/api/gone")
    assert (first.status, first.body) == (404, b'{"Code":404,"Msg":"no \\u003csuch\\u003e thing"}\n')
    second = site.get("/api/v2/gone")
    assert (second.status, second.body) == (404, b'{"code":404,"msg":"no \\u003csuch\\u003e thing","data":null}\n')
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == "application/json"


def test_a_fault_of_ours_is_told_to_the_log_only(site: Web, caplog: pytest.LogCaptureFixture) -> None:
    answer = site.get("/api/broken")
    assert (answer.status, answer.json) == (500, {"Code": 500, "Msg": "internal error, see the log"})
    assert site.get("/api/v2/broken").json == {"code": 500, "msg": "internal error, see the log", "data": None}
    records = [record for record in caplog.records if record.name == LOGGER and record.levelno == logging.ERROR]
    assert len(records) == 2
    assert records[0].exc_info


@pytest.mark.parametrize("size", [0, 1, MAX_BODY])
def test_bodies_up_to_the_bound(site: Web, size: int) -> None:
    assert site.ask("PUT", "/api/echo", basic(), b"x" * size).body == b"%d" % size


def test_a_body_beyond_the_bound(site: Web) -> None:
    answer = site.ask("PUT", "/api/echo", basic(), b"x" * (MAX_BODY + 1))
    assert (answer.status, answer.json["Code"]) == (413, 413)
    assert str(MAX_BODY) in answer.json["Msg"]


def test_a_body_without_a_length_has_the_bound_too(site: Web) -> None:
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = "PUT /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    request = f"{head}Authorization: {basic()['Authorization']}\r\n\r\n".encode()
    assert site.raw(request + piece * 15 + b"0\r\n\r\n").endswith(b"\r\n\r\n983040")
    for count in (16, 17, 40):
        assert site.raw(request + piece * count + b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_the_root_leads_to_the_pages(site: Web) -> None:
    for method in ("GET", "POST", "PUT"):
        answer = site.ask(method, "/", basic())
        assert (answer.status, answer.headers["Location"]) == (301, "/static/")


def test_requests_are_logged(site: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    site.get("/api/thing?token=hunter2")
    site.get("/api/gone")
    site.get("/no/such/path")
    site.ask("GET", "/api/thing")
    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == LOGGER] == [
        ("INFO", "http request: [/api/thing]"),
        ("INFO", "http response [/api/thing]: code [200]"),
        ("INFO", "http request: [/api/gone]"),
        ("WARNING", "http response [/api/gone]: error: no <such> thing"),
    ]


def test_what_pages_ask_all_the_time_is_no_news(site: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    site.get("/api/live?since=1")
    site.get("/static/")
    site.get("/healthz")
    ours = [record for record in caplog.records if record.name == LOGGER]
    assert [record.levelname for record in ours] == ["DEBUG"] * 4
    assert not any("healthz" in record.getMessage() for record in ours)


def test_nothing_of_a_head_gets_into_the_log_unasked(make_web: MakeWeb, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    web = make_web()
    web.get("/static/", X_Thing="hunter2")
    web.ask("GET", "/static/", basic(USER, "hunter2"))
    assert "hunter2" not in caplog.text
    assert basic()["Authorization"].split()[1] not in caplog.text
