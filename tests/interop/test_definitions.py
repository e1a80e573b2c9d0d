"""What we make of proxies and visitors as JSON, beside what the official frpc makes of them."""

import base64
import http.client
import json
from typing import Any

import pytest

from frpg.config.definition import PROXY, VISITOR, DefinitionError, read_definition, running
from frpg.config.load import load_client
from frpg.config.store_text import parse_store, store_text
from tests.support.binaries import OURS, Binary, Ends, official_folder
from tests.support.lab import Lab, client_options
from tests.support.ports import free_port

BACKEND = {"localIP": "::1", "localPort": 7, "transport": {"useEncryption": True, "bandwidthLimit": " 1MB "}}
MORE = {"annotations": {"a.b/C": "x"}, "metadatas": {"k": ""}, "loadBalancer": {"group": "g", "groupKey": "k"}}
CHECK = {"type": "http", "path": "/", "timeoutSeconds": 3, "maxFailed": 2, "httpHeaders": [{"name": "a"}, {}]}
HEADERS = {"set": {"X-A": "b"}}
PROXIES: list[dict[str, Any]] = [
    {"type": "tcp"},
    {"type": "TCP"},
    {"type": "tcp", "udp": {}},
    {"type": "tcp", "tcp": None},
    {"type": "tcp", "tcp": {"remotePort": 0, "LOCALip": "", "enabled": True, "zz": 1, "name": "other", "plugin": None}},
    {"type": "udp", "UDP": {**BACKEND, **MORE, "healthCheck": CHECK, "remotePort": 7}},
    {"type": "http", "http": {"subdomain": "s", "locations": ["/"], "requestHeaders": HEADERS, "httpUser": "u"}},
    {"type": "http", "http": {"localPort": 1}},
    {"type": "https", "https": {"customDomains": ["a", "b"], "enabled": False}},
    {"type": "tcpmux", "tcpmux": {"customDomains": ["a"], "multiplexer": "httpconnect", "httpPassword": "p"}},
    {"type": "stcp", "stcp": {"secretKey": "s", "allowUsers": ["*"], "transport": {"proxyProtocolVersion": "v2"}}},
    {"type": "sudp", "sudp": {"allowUsers": []}},
    {"type": "xtcp", "xtcp": {"natTraversal": {}}},
    {"type": "xtcp", "xtcp": {"natTraversal": {"disableAssistedAddrs": True}}},
    *(
        {"type": "tcp", "tcp": {"plugin": plugin}}
        for plugin in (
            {"type": "unix_domain_socket", "unixPath": "/x"},
            {"type": "http_proxy", "httpUser": "u", "httpPassword": "p"},
            {"type": "socks5", "username": "u", "password": "p"},
            {"type": "static_file", "localPath": "/", "stripPrefix": "s", "httpUser": "u", "httpPassword": "p"},
            {"type": "static_file"},
            {"type": "http2http", "localAddr": "a:1", "hostHeaderRewrite": "h", "requestHeaders": HEADERS},
            {"type": "http2https", "localAddr": "a:1"},
            {"type": "https2http", "localAddr": "a:1", "crtPath": "c", "keyPath": "k", "enableHTTP2": False},
            {"type": "https2https", "localAddr": "a:1", "enableHTTP2": True},
            {"type": "tls2raw", "localAddr": "a:1", "crtPath": "c", "keyPath": "k"},
            {"type": "virtual_net"},
        )
    ),
]
VISITORS: list[dict[str, Any]] = [
    {"type": "tcp", "tcp": {}},
    {"type": "stcp", "sudp": {}},
    {"type": "stcp", "stcp": {"serverName": "s", "bindPort": free_port(), "serverUser": "u", "secretKey": "k"}},
    {"type": "sudp", "sudp": {"serverName": "s", "bindPort": free_port(), "transport": {"useCompression": True}}},
    {
        "type": "xtcp",
        "xtcp": {"serverName": "s", "bindPort": -1, "plugin": {"type": "virtual_net", "destinationIP": "1"}},
    },
    {
        "type": "xtcp",
        "xtcp": {
            "serverName": "s",
            "bindPort": -1,
            "bindAddr": "::1",
            "protocol": "kcp",
            "keepTunnelOpen": True,
            "maxRetriesAnHour": 1,
            "minRetryInterval": 2,
            "fallbackTo": "f",
            "fallbackTimeoutMs": 3,
            "natTraversal": {},
        },
    },
]


@pytest.fixture(scope="module")
def ends() -> Ends:
    folder = official_folder()
    if folder is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    return Ends(OURS.frps, Binary.official(folder / "frpc"))


class Store:
    """The admin interface of an official frpc with a store."""

    def __init__(self, lab: Lab, server_port: int, more: dict[str, Any]) -> None:
        self.port = free_port()
        self.path = lab.folder / "store.json"
        options = {"webServer.port": self.port, "webServer.user": "u", "webServer.password": "p"}
        options |= {"store.path": str(self.path), "loginFailExit": False}
        self.file = lab.config("frpc", client_options(server_port) | options | more)
        self.client = lab.run(lab.ends.frpc, "-c", str(self.file))
        self.client.wait_for("admin server listen on")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            credentials = {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}
            connection.request(method, path, json.dumps(body), credentials)
            with connection.getresponse() as response:
                return json.loads(response.read())
        finally:
            connection.close()


def ours(kind: Any, body: object) -> Any:
    try:
        return read_definition(kind, json.dumps(body).encode()).tree()
    except DefinitionError as error:
        return {"Code": 400, "Msg": str(error)}


@pytest.mark.parametrize(("kind", "bodies"), [(PROXY, PROXIES), (VISITOR, VISITORS)])
def test_a_store_takes_and_writes_what_we_would(kind: Any, bodies: list[dict[str, Any]], lab: Lab) -> None:
    store = Store(lab, free_port(), {})
    for number, body in enumerate(bodies):
        sent = {"name": f"n{number}", **body}
        theirs = store.ask("POST", f"/api/store/{'proxies' if kind is PROXY else 'visitors'}", sent)
        if "Msg" in theirs:
            told = theirs["Msg"].rpartition("validation error: ")
            assert ours(kind, sent)["Msg"].startswith(told[0] + told[1])
            assert told[2] in ours(kind, sent)["Msg"]
        else:
            assert ours(kind, sent) == theirs
    written = json.loads(store.path.read_text())
    again = json.loads(store_text(*(entries.values() for entries in parse_store(store.path.read_text()))))
    assert again == {key: sorted(entries, key=lambda entry: entry["name"]) for key, entries in written.items()}


def runnable(kind: Any, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flat entries of those that are valid and need no virtual network."""
    found = []
    for number, body in enumerate(bodies):
        tree = ours(kind, {"name": f"n{number}", **body})
        entry = tree.get(tree.get("type", ""), {})
        if entry.get("enabled", True) and entry and "virtual_net" not in json.dumps(entry):
            found.append(entry)
    return found


def test_a_running_configuration_is_shown_as_we_would(lab: Lab) -> None:
    server = lab.frps()
    entries = {"proxies": runnable(PROXY, PROXIES), "visitors": runnable(VISITOR, VISITORS)}
    store = Store(lab, server.port, entries)
    store.client.wait_for("proxy added: ")
    config = load_client(store.file, environ={}).config
    assert len(config.proxies) + len(config.visitors) == sum(map(len, entries.values())) >= 20
    for entry in (*config.proxies, *config.visitors):
        kind = "proxy" if entry in config.proxies else "visitor"
        shown = store.ask("GET", f"/api/{kind}/{entry.name}/config")
        block = shown[shown["type"]]
        for key, unsaid in (("enabled", True), ("natTraversal", {})):  # we do not keep whether these were written
            if block.get(key) == unsaid:
                del block[key]
        assert running(entry).tree() == shown
