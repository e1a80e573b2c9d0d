"""A tcpmux port: proxies at it, and what its visitors ask and hear."""

import base64

from tests.support.lab import Lab
from tests.support.names import Front, read_answer, tunnel
from tests.support.program import Program
from tests.support.users import connect, receive_all

PASSTHROUGH = {"tcpmuxPassthrough": True}


def start(lab: Lab, web: Front, *proxies: dict[str, object], **options: object) -> Program:
    """A server and a client with these proxies; returns the client."""
    return lab.frpc(lab.frps({"tcpmuxHTTPConnectPort": web.port, **options}).port, proxies)


def named(lab: Lab, web: Front, name: str, host: str, **more: object) -> dict[str, object]:
    """A proxy whose service answers with the proxy's name."""
    return web.proxy(name, lab.service(web.service(name)), host, **more)


def credentials(user: str, password: str, scheme: str = "Basic") -> str:
    return f"Proxy-Authorization: {scheme} {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def ask(port: int, target: str, *headers: str) -> str:
    with tunnel(port, target, *headers) as visitor:
        visitor.sendall(b"hello")
        return receive_all(visitor).decode()


def refusal(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to `request`, after which the connection has to end."""
    with connect(port) as visitor:
        visitor.sendall(request)
        answer = read_answer(visitor)
        assert receive_all(visitor) == b""
        return answer
