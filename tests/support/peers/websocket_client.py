"""Talks to a WebSocket echo server: websocket_client.py PORT HOST [tls]; ends with 0 when all came back."""

import random
import socket
import ssl
import sys
import threading

from websockets.sync.client import ClientConnection, connect


def main(port: int, host: str, tls: ssl.SSLContext | None = None) -> None:
    url = f"{'wss' if tls else 'ws'}://{host}:{port}/socket"
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        connect(url, sock=connection, max_size=None, subprotocols=None, ssl=tls) as client,
    ):
        check_short(client)
        check_pings(client)
        check_many(client)


def check_short(client: ClientConnection) -> None:
    for message in ("text", "ünï", b"\0binary\xff", "", b"", "x" * 70_000, random.Random(1).randbytes(3_000_000)):
        client.send(message)
        assert client.recv(timeout=20) == message


def check_pings(client: ClientConnection) -> None:
    for _ in range(3):
        assert client.ping().wait(20), "no pong"


def check_many(client: ClientConnection) -> None:
    """Both directions at once: nobody waits for an answer before sending on."""
    chance = random.Random(2)
    messages = [chance.randbytes(chance.randrange(20_000)) for _ in range(500)]
    sender = threading.Thread(target=lambda: [client.send(message) for message in messages])
    sender.start()
    assert [client.recv(timeout=20) for _ in messages] == messages
    sender.join()


if __name__ == "__main__":
    context = None
    if sys.argv[3:] == ["tls"]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    main(int(sys.argv[1]), sys.argv[2], context)
    print("all came back")
