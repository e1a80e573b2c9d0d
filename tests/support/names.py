"""Services that visitors find by a name: what is said first to an http, https or tcpmux port, and to a tcp one."""

import contextlib
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.ports import free_port
from tests.support.users import connect, receive_all

KINDS = ("tcp", "http", "https", "tcpmux")
UNRECOGNIZED_NAME = bytes.fromhex("15030300020270")  # RFC 8446, 6: a fatal alert, unrecognized_name
_HEAD_LIMIT = 65536


class NotServed(ConnectionError):
    """A visitor was not brought to a service; says what it got instead."""


def web_ports() -> dict[str, Any]:
    """Server options: the three ports of named services, all free."""
    return {"vhostHTTPPort": free_port(), "vhostHTTPSPort": free_port(), "tcpmuxHTTPConnectPort": free_port()}


def client_hello(name: str | None, *, extra: int = 0, context: ssl.SSLContext | None = None) -> bytes:
    """What a TLS client that looks for `name` sends first; about `extra` bytes longer than it has to be."""
    context = context or trusting()
    if extra:
        context.set_alpn_protocols([f"{number:0200}" for number in range(-(-extra // 201))])
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def trusting() -> ssl.SSLContext:
    """A TLS client that believes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def read_head(connection: socket.socket) -> bytes:
    """The head of one HTTP message, up to its empty line and not a byte further; less when the peer ends before."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n") and len(head) < _HEAD_LIMIT and (byte := connection.recv(1)):
        head += byte
    return bytes(head)


def read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of an HTTP answer that has a Content-Length."""
    head = read_head(connection)
    length = re.search(rb"(?im)^content-length: *(\d+)\r$", head)
    size, body = int(length[1]) if length else 0, bytearray()
    while len(body) < size and (data := connection.recv(size - len(body))):
        body += data
    return head, bytes(body)


def connect_head(target: str, *headers: str) -> bytes:
    return "\r\n".join([f"CONNECT {target} HTTP/1.1", f"Host: {target}", *headers, "", ""]).encode()


def get_head(host: str, *headers: str, path: str = "/") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def tunnel(port: int, target: str, *headers: str) -> socket.socket:
    """A connection that a tcpmux port has brought to `target`; the caller closes it. Raises NotServed."""
    connection = connect(port)
    try:
        connection.sendall(connect_head(target, *headers))
        if not (head := read_head(connection)).startswith(b"HTTP/1.1 200"):
            raise NotServed(head)
    except BaseException:
        connection.close()
        raise
    return connection


@dataclass(frozen=True)
class Front:
    """One way in: how a proxy is published there, what its visitors say and what its services answer."""

    kind: str
    port: int

    def proxy(self, name: str, local_port: int, host: str = "", **more: Any) -> dict[str, Any]:
        """Options of a proxy for `host`, which a tcp proxy has no use for."""
        options: dict[str, Any] = {"name": name, "type": self.kind, "localPort": local_port}
        if self.kind == "tcp":
            return options | {"remotePort": self.port} | more
        if self.kind == "tcpmux":
            options["multiplexer"] = "httpconnect"
        return options | ({"customDomains": [host]} if host else {}) | more

    def visit(self, host: str) -> str:
        """Come once and leave; what the service answered. Raises OSError, NotServed among them, when none did."""
        return _VISITS[self.kind](self.port, host)

    def service(self, answer: str) -> Callable[[socket.socket], None]:
        """What a service does with a connection: it gives `answer` to each visitor of this kind."""

        def serve(connection: socket.socket) -> None:
            if self.kind == "http":
                content = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n{answer}".encode()
                while read_head(connection):
                    connection.sendall(content)
            elif connection.recv(65536):
                connection.sendall(answer.encode())

        return serve


def front(kind: str, server_options: dict[str, Any]) -> Front:
    """The way to proxies of this kind at a server with these options; a free port for tcp."""
    keys = {"http": "vhostHTTPPort", "https": "vhostHTTPSPort", "tcpmux": "tcpmuxHTTPConnectPort"}
    return Front(kind, server_options[keys[kind]] if kind in keys else free_port())


def _visit_tcp(port: int, _host: str) -> str:
    with connect(port) as visitor:
        return _ask(visitor, b"hello")


def _visit_https(port: int, host: str) -> str:
    with connect(port) as visitor:
        return _ask(visitor, client_hello(host))


def _visit_tcpmux(port: int, host: str) -> str:
    with tunnel(port, f"{host}:22") as visitor:
        return _ask(visitor, b"hello")


def _visit_http(port: int, host: str) -> str:
    with connect(port) as visitor:
        visitor.sendall(get_head(host, "Connection: close"))
        head, body = read_answer(visitor)
    if not head.startswith(b"HTTP/1.1 200"):
        raise NotServed(head)
    return body.decode()


def _ask(visitor: socket.socket, question: bytes) -> str:
    visitor.sendall(question)
    answer = receive_all(visitor)
    if not answer or answer == UNRECOGNIZED_NAME:
        raise NotServed(answer)
    return answer.decode()


_VISITS: dict[str, Callable[[int, str], str]] = {
    "tcp": _visit_tcp,
    "http": _visit_http,
    "https": _visit_https,
    "tcpmux": _visit_tcpmux,
}
