"""The same requests to an official pair and to ours, on the same work: equal but for the differences listed here."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.test_dashboard_contract import GONE, ODD
from tests.support.binaries import OURS, Binary, Ends, official_folder
from tests.support.lab import Lab
from tests.support.web_api import Answer, Work

pytestmark = pytest.mark.interop

BIG = 2**63 - 1
READS = [
    "/api/serverinfo",
    *[f"/api/proxy/{kind}" for kind in ("tcp", "udp", "http", "https", "tcpmux", "stcp", "none", "TCP", "")],
    "/api/proxy", "/api/proxy/tcp/alice.tcp1", "/api/proxy/udp/alice.tcp1", "/api/proxy/tcp/none",
    "/api/proxies/alice.tcp1", "/api/proxies/bob.gone", "/api/proxies/none", "/api/proxies", "/api/proxies/",
    "/api/traffic/alice.tcp1", "/api/traffic/none", "/api/traffic/alice.tcp1/",
    *[f"/api/clients?{query}" for query in (
        "", "user=alice", "user=", "user=ALICE", "clientId=cid1", "clientId=cid", "runId=x", "status=online",
        "status=OFFLINE", "status=x", "status=", "user=alice&status=offline",
    )],
    "/api/clients/alice.cid1", "/api/clients/none", "/api/clients/bob.cid/2", "/api/clients/",
    "/api/v2/system/info", "/api/v2/system/info/", "/api/v2/none", "/api/v2/", "/none",
    *[f"/api/v2/users?{query}" for query in ("", "q=LI", "q=zz", "page=2&pageSize=1", "pageSize=0", "page=x")],
    *[f"/api/v2/clients?{query}" for query in (
        "", "status=online", "status=Offline", "status=all", "status=", "status=x", "status=%20online", "user=",
        "user=alice", "clientID=cid1", "runID=x", "q=CID", "q=127.0", "q=bob", "q=%20cid", "page=2",
        "pageSize=1&page=3",
    )],
    "/api/v2/clients/alice.cid1", f"/api/v2/clients/{GONE}", "/api/v2/clients/none", "/api/v2/clients/a%00b",
    "/api/v2/clients/bob.cid/2", "/api/v2/clients/",
    *[f"/api/v2/proxies?{query}" for query in (
        "", "page=1&pageSize=2", "page=5&pageSize=2", "page=1000", "page=0", "page=-1", "page=x", "page=", "page=%2B1",
        "page=01", "page=%201", "page=1.0", f"page={BIG}", f"page={BIG + 1}", "page=99999999999999999999",
        f"page={BIG}&pageSize=1", "page=184467440737095516", "page=184467440737095517",
        "page=46116860184273879&pageSize=200", "page=46116860184273880&pageSize=200", "pageSize=0", "pageSize=200",
        "pageSize=201", "pageSize=-5", "pageSize=x", "pageSize=999999999999999999999", "page=x&pageSize=x",
        "status=online", "status=offline", "status=bad", "status=bad&type=bad", "type=tcp", "type=TCP", "type=x",
        "type=", "type=%20tcp", "user=", "user=alice", "clientID=cid1", "q=WWW", "q=sub", "q=hosts.test", "q=online",
        "q=tls.test", "q=mux.test", "q=inner", "q=gone", "q=cid1", "q=%20tcp1", "q={tcp}", "q={udp}", "q={gone}",
        "type=udp&status=online&user=alice&q=UDP",
    )],
    "/api/v2/proxies/alice.tcp1", "/api/v2/proxies/bob.gone", f"/api/v2/proxies/{ODD}", "/api/v2/proxies/none",
    "/api/v2/proxies/alice.tcp1/", "/api/v2/proxies/alice.tcp1/none", "/api/v2/proxies/alice.tcp1/traffic",
    f"/api/v2/proxies/{ODD}/traffic", "/api/v2/proxies/none/traffic", "/api/v2/proxies/%zz", "/api/v2/system/prune",
    "/healthz", "/", "//api/serverinfo", "/api/./serverinfo", "/api/../none", "/metrics",
]  # fmt: skip
METHODS = ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
ANY_METHOD = ("/api/serverinfo", "/api/v2/system/info", "/api/v2/proxies/alice.tcp1", "/healthz", "/static/", "/none")
CHANGES = [
    ("POST", "/api/v2/system/prune"), ("POST", "/api/v2/system/prune?type=x"), ("DELETE", "/api/proxies"),
    ("DELETE", "/api/proxies?status=online"), ("DELETE", "/api/proxies?status=OFFLINE"),
    ("POST", "/api/v2/system/prune?type=OFFLINE_Proxies"), ("POST", "/api/v2/system/prune?type=offline_proxies"),
    ("DELETE", "/api/proxies?status=offline"), ("GET", "/api/v2/proxies?status=offline"), ("GET", "/api/v2/users"),
]  # fmt: skip
REQUESTS = [
    *[("GET", path) for path in READS],
    *[(method, path) for path in ANY_METHOD for method in METHODS],
    *CHANGES,
]

# Where we differ on purpose: (request, ours, official) of status codes, and why.
DIFFERENT = {
    f"GET /api/proxies/{ODD}": (200, 404, "v1 too finds names with encoded slashes"),
    f"GET /api/proxy/tcp/{ODD}": (200, 404, "the same"),
    f"GET /api/traffic/{ODD}": (200, 404, "the same"),
    f"GET /api/clients/{GONE}": (200, 404, "the same"),
    "GET /api/v2/proxies/%FF": (400, 404, "a name that is no text is a bad request, not an unknown one"),
    "GET /api/v2/clients/%FF": (400, 404, "the same"),
    "GET /static": (301, 404, "people type it"),
    "GET /favicon.ico": (200, 404, "there is one"),
    "HEAD /": (405, 301, "HEAD is refused everywhere but for /healthz"),
    "HEAD /metrics": (405, 200, "the same"),
    "PUT /metrics": (405, 200, "a scrape reads: GET, or POST"),
}
# The same of keys: what ours says instead.
MASKED = {"groupKey": "***"}  # a secret of the clients
EXTRA = {"routeByHTTPUser"}  # of http proxies in v2: the page of a proxy shows it
# Of several faults of one query frp names that of the page first, ours that of the filters.

CHANCE = {  # differs from run to run, or is the test's choice of a port
    "runID", "firstConnectedAt", "lastConnectedAt", "disconnectedAt", "lastStartAt", "lastCloseAt", "lastStartTime",
    "lastCloseTime", "remotePort", "bindPort", "vhostHTTPPort", "vhostHTTPSPort", "tcpmuxHTTPConnectPort",
}  # fmt: skip
# Ours counts a visitor's bytes while they move and when they are said, the official one when a connection has ended.
MOVING = {"totalTrafficIn", "totalTrafficOut", "todayTrafficIn", "todayTrafficOut"}
_RUN_ID = re.compile("[0-9a-f]{16}")


class Pair(NamedTuple):
    """Two servers after the same work."""

    ours: Work
    official: Work

    def ask(self, method: str, path: str) -> tuple[Answer, Answer]:
        return self._ask(self.ours, method, path), self._ask(self.official, method, path)

    def _ask(self, work: Work, method: str, path: str) -> Answer:
        for name in ("tcp", "udp", "gone"):
            path = path.replace(f"{{{name}}}", str(getattr(work, name)["remotePort"]))
        return work.api.ask(method, path)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    folder = official_folder()
    if folder is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    official = Ends(Binary.official(folder / "frps"), Binary.official(folder / "frpc"))
    with contextlib.ExitStack() as stack:
        labs = []
        for name, ends in (("ours", OURS), ("official", official)):
            (tmp_path / name).mkdir()
            labs.append(stack.enter_context(Lab(ends, tmp_path / name)))
        # The wire protocol is shown; that of an official client is v1 unless told otherwise.
        yield Pair(*[Work(lab, client={"transport.wireProtocol": "v2"}) for lab in labs])


def differences(ours: Any, official: Any, key: str = "") -> Iterator[str]:
    """Where two JSON values differ in more than chance and what is listed above."""
    if key in MASKED and ours == MASKED[key]:
        return
    if type(ours) is not type(official):
        yield f"{key}: {ours!r}, official {official!r}"
    elif isinstance(ours, dict):
        yield from (f"{key}: {name} only here" for name in ours.keys() - official.keys() - EXTRA)
        yield from (f"{key}: {name} only there" for name in official.keys() - ours.keys())
        for name in ours.keys() & official.keys():
            yield from differences(ours[name], official[name], name)
    elif isinstance(ours, list):
        if len(ours) != len(official):
            yield f"{key}: {len(ours)} items, official {len(official)}"
        for one, other in zip(ours, official, strict=False):
            yield from differences(one, other, key)
    elif key not in CHANCE | MOVING and ours != official and not _are_run_ids(ours, official):
        yield f"{key}: {ours!r}, official {official!r}"


def _are_run_ids(*values: object) -> bool:
    return all(isinstance(value, str) and _RUN_ID.search(value) for value in values)


def kind(answer: Answer) -> str:
    return answer.headers.get_content_type() if answer.body else ""


def compare(request: str, ours: Answer, official: Answer) -> Iterator[str]:
    if ours.status != official.status:
        yield f"{request}: status {ours.status}, official {official.status}"
    elif "application/json" in (kind(ours), kind(official)):
        if kind(ours) != kind(official):
            yield f"{request}: {kind(ours)}, official {kind(official)}"
        else:
            yield from (f"{request}: {text}" for text in differences(ours.json, official.json))
            if ours.body[-1:] != official.body[-1:]:
                yield f"{request}: only one of both ends with a newline"
    elif ours.status in (404, 405) and ours.body != official.body:
        yield f"{request}: {ours.body!r}, official {official.body!r}"
    elif ours.headers["Location"] != official.headers["Location"]:
        yield f"{request}: to {ours.headers['Location']}, official {official.headers['Location']}"


def test_every_answer_is_the_same(pair: Pair) -> None:
    found = []
    for method, path in REQUESTS:
        if (request := f"{method} {path}") not in ("GET /static/",):
            found += list(compare(request, *pair.ask(method, path)))
    assert found == []


def test_differences_that_we_chose(pair: Pair) -> None:
    for request, (ours, official, _why) in DIFFERENT.items():
        method, path = request.split(" ", 1)
        answers = pair.ask(method, path)
        assert (answers[0].status, answers[1].status) == (ours, official), request
    group = [one.json["conf"]["loadBalancer"]["groupKey"] for one in pair.ask("GET", "/api/proxies/member")]
    assert group == ["***", "group secret"]
    faults = [json.loads(one.body)["msg"] for one in pair.ask("GET", "/api/v2/proxies?status=bad&page=0")]
    assert faults == ["status must be one of all, online, offline", "page must be a positive integer"]


def test_without_a_password_the_official_one_answers_some_paths(pair: Pair) -> None:
    """Ours answers 401 to all but the health check."""
    for method, path, official in (
        ("GET", "/none", 404), ("POST", "/api/serverinfo", 405), ("GET", "/api/serverinfo", 401),
        ("GET", "/healthz", 200),
    ):  # fmt: skip
        answers = [type(work.api)(work.api.port, None).ask(method, path).status for work in (pair.ours, pair.official)]
        assert answers == [200 if path == "/healthz" else 401, official], path
