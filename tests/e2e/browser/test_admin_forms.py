"""The forms of frpc in Chromium: each type and plugin has all its options, and what is sent is what the fields say."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.browser import Page
from tests.support.lab import Lab, nest
from tests.support.managed import ManagedClient
from tests.support.ports import free_port

pytestmark = pytest.mark.program
Browse = Callable[..., Page]
Fields = Mapping[str, Any]

LOCAL = {"localIP": "127.0.0.2", "localPort": 8080}
COMMON = {
    "transport.useEncryption": True,
    "transport.useCompression": True,
    "transport.bandwidthLimit": "2MB",
    "transport.bandwidthLimitMode": "server",
    "transport.proxyProtocolVersion": "v2",
    "metadatas": {"team": "shop", "floor": "2"},
    "annotations": {"owner": "the office"},
}
GROUP = {"loadBalancer.group": "shop", "loadBalancer.groupKey": "group key"}
CHECK = {
    "healthCheck.type": "http",
    "healthCheck.path": "/health",
    "healthCheck.timeoutSeconds": 4,
    "healthCheck.maxFailed": 2,
    "healthCheck.intervalSeconds": 30,
    "healthCheck.httpHeaders": [{"name": "X-A", "value": "1"}, {"name": "X-A", "value": "2"}],
}
NAMES = {"customDomains": ["a.test", "b.test"], "subdomain": "c"}
LOGIN = {"httpUser": "visitor", "httpPassword": "visitor key", "routeByHTTPUser": "visitor"}
REWRITE = {"hostHeaderRewrite": "inner.test", "requestHeaders.set": {"X-A": "1", "X-B": "2"}}
PATHS = {"locations": ["/", "/a"], "responseHeaders.set": {"X-C": "3"}}
SECRET = {"secretKey": "secret", "allowUsers": ["alice", "*"]}

PROXIES: dict[str, Fields] = {
    "tcp": {**LOCAL, "remotePort": 6000, **COMMON, **GROUP, **CHECK},
    "udp": {**LOCAL, "remotePort": 6001, **COMMON},
    "http": {
        **LOCAL,
        **NAMES,
        **LOGIN,
        "locations": ["/", "/a"],
        **REWRITE,
        "responseHeaders.set": {"X-C": "3"},
        **COMMON,
    },
    "https": {**LOCAL, **NAMES, **COMMON, "healthCheck.type": "tcp", "healthCheck.maxFailed": 3},
    "tcpmux": {**LOCAL, **NAMES, **LOGIN, "multiplexer": "httpconnect", **GROUP},
    "stcp": {**LOCAL, **SECRET, **COMMON},
    "sudp": {**LOCAL, **SECRET},
    "xtcp": {**LOCAL, **SECRET, "natTraversal.disableAssistedAddrs": True},
}
TARGET = {"localAddr": "127.0.0.1:8080"}
FILES = {"crtPath": "server.crt", "keyPath": "server.key"}
ACCOUNT = {"httpUser": "visitor", "httpPassword": "visitor key"}
PLUGINS: dict[str, Fields] = {
    "http_proxy": ACCOUNT,
    "socks5": {"username": "visitor", "password": "visitor key"},
    "static_file": {"localPath": "files", "stripPrefix": "static", **ACCOUNT},
    "unix_domain_socket": {"unixPath": "/run/none.sock"},
    "http2http": {**TARGET, **REWRITE},
    "http2https": {**TARGET, **REWRITE},
    "https2http": {**TARGET, "enableHTTP2": False, **REWRITE},
    "https2https": {**TARGET, "enableHTTP2": False, **REWRITE},
    "tls2raw": TARGET,
    "virtual_net": {},
}
REACH = {"serverName": "ssh", "serverUser": "alice", "secretKey": "secret", "bindAddr": "127.0.0.2", "bindPort": 9000}
WIRE = {"transport.useEncryption": True, "transport.useCompression": True}
VISITORS: dict[str, Fields] = {
    "stcp": {**REACH, **WIRE, "plugin.type": "virtual_net", "plugin.destinationIP": "100.86.0.1"},
    "sudp": {**REACH, **WIRE},
    "xtcp": {
        **REACH, **WIRE,
        "bindPort": -1,
        "protocol": "kcp",
        "keepTunnelOpen": True,
        "maxRetriesAnHour": 5,
        "minRetryInterval": 60,
        "fallbackTo": "other",
        "fallbackTimeoutMs": 500,
        "natTraversal.disableAssistedAddrs": True,
    },
}  # fmt: skip


@pytest.fixture
def client(lab: Lab) -> ManagedClient:
    """It has no server: what is stored need not run."""
    return ManagedClient(lab, free_port(), store__path="store.json", loginFailExit=False)


def create(page: Page, kind: str, plural: str, name: str, type_name: str, fields: Fields) -> None:
    page.open(f"/{plural}?tab=store")
    page.press(f"New {kind}")
    page.fill_in({"name": name, "type": type_name})
    page.fill_in(fields)
    page.press(f"Create {kind}")
    page.shows(f"{name} created")


def stored(client: ManagedClient, plural: str, name: str, type_name: str) -> Any:
    """The options of an entry; frp's shape has some that are always there, and empty."""
    entry = client.api.get(f"/api/store/{plural}/{quote(name)}")
    assert (entry["name"], entry["type"]) == (name, type_name)
    options = entry[type_name]
    assert (options.pop("name"), options.pop("type")) == (name, type_name)
    return said(options)


def said(tree: Any) -> Any:
    """Without what is empty."""
    if not isinstance(tree, dict):
        return tree
    pruned = {key: said(value) for key, value in tree.items()}
    return {key: value for key, value in pruned.items() if value or value is False}


def test_proxies_of_every_type(client: ManagedClient, browse: Browse) -> None:
    page = browse(client.port)
    for type_name, fields in PROXIES.items():
        create(page, "proxy", "proxies", f"a {type_name}", type_name, fields)
        assert stored(client, "proxies", f"a {type_name}", type_name) == nest(fields)
        # The form of what is stored says the same again.
        page.open(f"/proxies/a%20{type_name}/edit")
        page.press("Save changes")
        page.shows(f"a {type_name} saved")
        assert stored(client, "proxies", f"a {type_name}", type_name) == nest(fields)


def test_every_plugin(client: ManagedClient, browse: Browse) -> None:
    page = browse(client.port)
    for plugin, options in PLUGINS.items():
        fields = {"plugin.type": plugin, **{f"plugin.{name}": value for name, value in options.items()}}
        create(page, "proxy", "proxies", plugin, "tcp", fields)
        assert stored(client, "proxies", plugin, "tcp") == nest(fields)


def test_visitors_of_every_type(client: ManagedClient, browse: Browse) -> None:
    page = browse(client.port)
    for type_name, fields in VISITORS.items():
        create(page, "visitor", "visitors", type_name, type_name, fields)
        assert stored(client, "visitors", type_name, type_name) == nest(fields)
    page.until(lambda: {row["Name"].split()[0] for row in page.rows()} == {"stcp", "sudp", "xtcp"})
