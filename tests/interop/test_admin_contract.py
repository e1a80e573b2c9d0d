"""The admin interface of frpc beside that of the official one: the same requests, the same kinds of answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.admin import Answer
from tests.support.binaries import OURS, Binary, Ends, official_folder
from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port

pytestmark = pytest.mark.interop

PROXIES, VISITORS = "/api/store/proxies", "/api/store/visitors"
OUR_OWN = {"Faults"}  # keys that we add
FREE_TEXT = ("parse JSON error: ", "invalid argument: ", "failed to persist: ")  # what follows is said in our words


class Request(NamedTuple):
    method: str
    path: str
    body: object = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body or ''}"[:120]


def stored(kind: str, name: str = "x", **block: object) -> dict[str, object]:
    return {"name": name, "type": kind, kind: block}


HTTPS = {"type": "http2https", "localAddr": "127.0.0.1:1", "hostHeaderRewrite": "a.test"}
PLUGINS = [
    {"type": "unix_domain_socket", "unixPath": "/tmp/x"},
    {"type": "http_proxy", "httpUser": "u", "httpPassword": "p"},
    {"type": "socks5", "username": "u", "password": "p"},
    {"type": "static_file", "localPath": "/tmp", "stripPrefix": "s", "httpUser": "u"},
    {"type": "https2http", "localAddr": "127.0.0.1:1", "crtPath": "c", "keyPath": "k", "enableHTTP2": False},
    {"type": "https2https", "localAddr": "127.0.0.1:1", "requestHeaders": {"set": {"a": "b"}}},
    {"type": "http2http", "localAddr": "127.0.0.1:1"},
    {"type": "tls2raw", "localAddr": "127.0.0.1:1", "crtPath": "c"},
    {"type": "virtual_net"},
]
SCRIPT = [
    Request("GET", "/api/status"),
    *(Request("GET", f"/api/proxy/{name}/config") for name in ("ssh", "web", "dns", "nobody", "a%20b")),
    Request("GET", "/api/visitor/nobody/config"),
    Request("GET", PROXIES),
    Request("GET", VISITORS),
    # What is right
    Request("POST", PROXIES, stored("tcp", localIP="127.0.0.1", localPort=22, remotePort=0)),
    Request("POST", PROXIES, stored("tcp", localPort=22)),
    Request("GET", f"{PROXIES}/x"),
    Request("PUT", f"{PROXIES}/x", stored("udp", localPort=53)),
    Request("PUT", f"{PROXIES}/x", stored("tcp", enabled=False, localPort=53, annotations={"a": "b"})),
    Request("GET", "/api/proxy/x/config"),
    Request("GET", PROXIES),
    Request("GET", "/api/status"),
    Request("DELETE", f"{PROXIES}/x"),
    *(Request("POST", PROXIES, stored("tcp", f"p{n}", plugin=plugin)) for n, plugin in enumerate(PLUGINS)),
    *(Request("GET", f"/api/proxy/p{n}/config") for n in range(len(PLUGINS))),
    Request("POST", PROXIES, {"NAME": "h", "Type": "http", "HTTP": {"LOCALPORT": 7, "subdomain": "s", "bogus": 1}}),
    Request(
        "POST", PROXIES, stored("http", "h2", customDomains=["h.test"], plugin=HTTPS, httpUser="u", locations=["/"])
    ),
    Request("POST", PROXIES, stored("https", "hs", customDomains=["h.test"], localPort=1)),
    Request("POST", PROXIES, stored("tcpmux", "m", customDomains=["h.test"], localPort=1, multiplexer="httpconnect")),
    Request("POST", PROXIES, stored("stcp", "s", localPort=1, secretKey="k", allowUsers=["*"])),
    Request("POST", PROXIES, stored("sudp", "su", localPort=1, secretKey="k")),
    Request("POST", PROXIES, stored("xtcp", "xt", localPort=1, natTraversal={"disableAssistedAddrs": True})),
    Request(
        "POST",
        PROXIES,
        stored(
            "tcp",
            "full",
            localPort=1,
            metadatas={"a": "b"},
            transport={"useEncryption": True, "bandwidthLimit": "1MB", "proxyProtocolVersion": "v2"},
            loadBalancer={"group": "g", "groupKey": "k"},
            healthCheck={"type": "http", "path": "/", "httpHeaders": [{"name": "a", "value": "b"}]},
        ),
    ),
    Request("GET", "/api/proxy/full/config"),
    *(
        Request("POST", VISITORS, stored(kind, f"v-{kind}", serverName="s", secretKey="k", bindPort=-1 - n))
        for n, kind in enumerate(("stcp", "xtcp"))
    ),
    Request("GET", "/api/visitor/v-xtcp/config"),
    Request("GET", VISITORS),
    Request("PUT", f"{VISITORS}/v-stcp", stored("stcp", "v-stcp", serverName="s", bindPort=-9, enabled=False)),
    Request("DELETE", f"{VISITORS}/v-stcp"),
    # What is wrong
    *(Request("POST", path, body) for path in (PROXIES, VISITORS) for body in ("{", "", "[]", '"x"', "{}")),
    Request("POST", PROXIES, stored("tcp", " ")),
    Request("POST", PROXIES, {"name": "z", "type": "nope", "tcp": {}}),
    Request("POST", PROXIES, {"name": "z", "type": "tcp"}),
    Request("POST", PROXIES, {"name": "z", "type": "tcp", "tcp": None}),
    Request("POST", PROXIES, {"name": "z", "type": "tcp", "udp": {}}),
    Request("POST", PROXIES, {"name": "z", "type": "tcp", "tcp": {}, "udp": {}}),
    Request("POST", PROXIES, stored("tcp", "z", localPort=70000)),
    Request("POST", PROXIES, stored("tcp", "z", localPort="x")),
    Request("POST", PROXIES, stored("tcp", "z", transport={"bandwidthLimit": "1XB"})),
    Request("POST", PROXIES, stored("http", "z", localPort=1)),
    Request("POST", PROXIES, stored("tcpmux", "z", subdomain="s")),
    Request("POST", VISITORS, stored("xtcp", "z", serverName="s")),
    Request("POST", VISITORS, stored("tcp", "z", serverName="s")),
    Request("PUT", f"{PROXIES}/h", stored("tcp", "other", localPort=1)),
    *(Request("PUT", f"{path}/nobody", "{}") for path in (PROXIES, VISITORS)),
    Request("PUT", f"{PROXIES}/nobody", stored("tcp", "nobody", localPort=1)),
    *(Request(method, f"{path}/nobody") for method in ("GET", "DELETE") for path in (PROXIES, VISITORS)),
    # The file
    Request("PUT", "/api/config", ""),
    Request("GET", "/api/config"),
    Request("GET", "/api/reload"),
    Request("GET", "/api/reload?strictConfig=maybe"),
    # Paths and methods
    *(Request("GET", path) for path in ("/", "/nope", "//api/status", "/api/./status", "/api/status/", "/api/v2/x")),
    *(Request(method, "/api/status") for method in ("POST", "HEAD", "DELETE")),
    *(Request(method, "/healthz") for method in ("GET", "POST")),
    Request("DELETE", PROXIES),
    Request("GET", "/api/stop"),
    Request("POST", "/api/stop"),
]


def shape(value: Any) -> Any:
    """Keys and types of JSON; of a list each kind of its items once."""
    if isinstance(value, dict):
        return {key: shape(value[key]) for key in sorted(value) if key not in OUR_OWN}
    if isinstance(value, list):
        return sorted({repr(shape(item)) for item in value})
    return type(value).__name__


def message(text: str) -> str:
    """As far as it is a contract."""
    return next((start for start in FREE_TEXT if text.startswith(start)), text)


def seen(answer: Answer) -> tuple[Any, ...]:
    """What a tool that talks to frp can depend on."""
    kind = answer.headers.get("Content-Type")
    location = answer.headers.get("Location")
    if kind == "application/json":
        tree = answer.json
        known = {key: message(value) for key, value in tree.items() if key == "Msg"} if isinstance(tree, dict) else {}
        return answer.status, kind, location, shape(tree), known
    is_page = kind is not None and kind.startswith("text/html")  # the words of a redirect
    return answer.status, None if is_page else kind, location, "" if is_page or answer.status == 200 else answer.text


def ask_all(lab: Lab) -> list[tuple[Any, ...]]:
    proxies = [
        tcp_proxy("ssh", 22),
        udp_proxy("dns", 53, **{"transport.useCompression": True}),
        {"name": "web", "type": "http", "localPort": 80, "customDomains": ["a.test", "b.test"]},
    ]
    server = lab.frps({"vhostHTTPPort": free_port(), "vhostHTTPSPort": free_port(), "subDomainHost": "sub.test"})
    client = ManagedClient(lab, server.port, proxies, store__path="store.json")
    answers = [seen(client.api.ask(*request)) for request in SCRIPT]
    assert client.program.wait_exit() == 0
    return answers


@pytest.fixture
def official() -> Path:
    folder = official_folder()
    if folder is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    return folder


def test_both_answer_alike(official: Path, tmp_path: Path) -> None:
    frps = Binary.official(official / "frps")

    def answers(frpc: Binary, name: str) -> list[tuple[Any, ...]]:
        folder = tmp_path / name
        folder.mkdir()
        with Lab(Ends(frps, frpc), folder) as lab:
            return ask_all(lab)

    theirs, ours = answers(Binary.official(official / "frpc"), "theirs"), answers(OURS.frpc, "ours")
    different = [
        f"{request}\n  frp:  {one}\n  frpg: {other}"
        for request, one, other in zip(SCRIPT, theirs, ours, strict=True)
        if one != other
    ]
    assert not different, "\n".join(different)


def test_each_reads_the_store_of_the_other(official: Path, tmp_path: Path) -> None:
    frps, theirs = Binary.official(official / "frps"), Binary.official(official / "frpc")
    entries: list[Callable[[], Request]] = [
        lambda: Request("POST", PROXIES, stored("tcp", "a", localPort=1, remotePort=free_port())),
        lambda: Request("POST", PROXIES, stored("udp", "b", localPort=1, enabled=False)),
        lambda: Request("POST", VISITORS, stored("xtcp", "v", serverName="s", secretKey="k", bindPort=-1)),
    ]
    for number, (writer, reader) in enumerate([(theirs, OURS.frpc), (OURS.frpc, theirs)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Lab(Ends(frps, writer), folder) as lab:
            client = ManagedClient(lab, lab.frps().port, store__path="store.json")
            for entry in entries:
                assert client.api.ask(*entry()).status == 200
            written = [client.api.get(path) for path in (PROXIES, VISITORS)]
        with Lab(Ends(frps, reader), folder) as lab:
            client = ManagedClient(lab, lab.frps().port, store__path="store.json")
            client.wait_for_proxies("a")
            assert [client.api.get(path) for path in (PROXIES, VISITORS)] == written
