"""The dashboard of frps as tests ask it, and a server with something of everything to show."""

from typing import Any

from tests.support.admin import PASSWORD, USER, AdminApi, Answer, admin_options
from tests.support.lab import Lab, Options, tcp_proxy, udp_proxy
from tests.support.names import front, web_ports
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import tcp_echoes, udp_echoes

__all__ = ["ODD_NAME", "PASSWORD", "USER", "Answer", "Dashboard", "Work", "dashboard"]

ODD_NAME = "odd/name?q#f 100% <b>&amp;é"
HTTP_USER, HTTP_PASSWORD = "visitor", "http pass"


class Dashboard(AdminApi):
    """At a port of this machine."""

    def data(self, path: str) -> Any:
        """`data` of an answer of API v2 that has to be a success."""
        answer = self.get(f"/api/v2{path}")
        assert (answer["code"], answer["msg"]) == (200, "success"), answer
        return answer["data"]

    def items(self, path: str) -> list[Any]:
        """Of the first page of a list."""
        found: list[Any] = self.data(path)["items"]
        return found

    def act(self, method: str, path: str, body: object = None) -> Any:
        """`data` of a change that has to be a success."""
        answer = self.ask(method, f"/api/v2{path}", body)
        assert answer.status == 200, answer
        return answer.json["data"]


def dashboard(lab: Lab, options: Options | None = None) -> tuple[Program, Dashboard]:
    """A server with a dashboard."""
    port = free_port()
    server = lab.frps(admin_options(port) | {"enablePrometheus": True} | dict(options or {}))
    return server, Dashboard(port)


class Work:
    """A server with three clients, one of them gone, and proxies of all types that need no visitor.

    Each proxy has carried something. The secrets are those of `secrets`.
    """

    secrets = (
        "correct horse",
        PASSWORD,
        HTTP_PASSWORD,
        "group secret",
        "header secret",
        "answer secret",
        "tcpmux pass",
    )

    def __init__(self, lab: Lab, options: Options | None = None, *, client: Options | None = None) -> None:
        """`options` are the server's, `client` those of all clients, besides what this work needs."""
        self.lab = lab
        common = dict(client or {})
        ports = web_ports()
        extra = {"subDomainHost": "hosts.test", "maxPortsPerClient": 9, "allowPorts": [{"start": 10240, "end": 32000}]}
        self.server, self.api = dashboard(lab, ports | extra | dict(options or {}))
        self.http = front("http", ports)
        self.tcpmux = front("tcpmux", ports)
        self.tcp = tcp_proxy("tcp1", lab.tcp_echo(), annotations={"a/b": "c"}, metadatas={"k": "v"})
        self.tcp |= {"transport.bandwidthLimit": "1MB"}
        self.udp = udp_proxy("udp1", lab.udp_echo())
        self.odd = tcp_proxy(ODD_NAME, lab.tcp_echo())
        self.odd |= {"transport.useEncryption": True, "transport.useCompression": True}
        member = tcp_proxy("member", lab.tcp_echo())
        member |= {"loadBalancer.group": "group", "loadBalancer.groupKey": "group secret"}
        alice = {"user": "alice", "clientID": "cid1"} | common
        self.alice = lab.frpc(self.server.port, [self.tcp, self.udp, *self._web()], alice)
        self.nobody = lab.frpc(self.server.port, [self.odd, member], common)
        self.gone = tcp_proxy("gone", lab.tcp_echo())
        bob = lab.frpc(self.server.port, [self.gone], {"user": "bob", "clientID": "cid/2"} | common)
        self._use()
        bob.kill()
        self.server.wait_for("client exit success")

    def _web(self) -> list[dict[str, Any]]:
        lab, answers = self.lab, self.http.service("hello")
        rich = self.http.proxy(
            "http1", lab.service(answers), "www.test", subdomain="sub", locations=["/", "/a"],
            hostHeaderRewrite="inner.test", httpUser=HTTP_USER, httpPassword=HTTP_PASSWORD, routeByHTTPUser=HTTP_USER,
        )  # fmt: skip
        rich |= {"requestHeaders.set.x-key": "header secret", "responseHeaders.set.x-key": "answer secret"}
        poor = self.http.proxy("http2", lab.service(answers), "plain.test")
        https = {"name": "https1", "type": "https", "localPort": lab.tcp_echo(), "customDomains": ["tls.test"]}
        tcpmux = self.tcpmux.proxy("tcpmux1", lab.tcp_echo(), "mux.test")
        tcpmux |= {"httpUser": "mux", "httpPassword": "tcpmux pass", "routeByHTTPUser": "mux"}
        return [rich, poor, https, tcpmux]

    def _use(self) -> None:
        for proxy in (self.tcp, self.odd, self.gone):
            assert tcp_echoes(proxy["remotePort"])
        assert udp_echoes(self.udp["remotePort"])
        assert self.http.visit("plain.test") == "hello"
