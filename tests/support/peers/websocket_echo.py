"""A WebSocket server that returns each message: websocket_echo.py PORT."""

import sys

from websockets.sync.server import ServerConnection, serve


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


if __name__ == "__main__":
    with serve(echo, "127.0.0.1", int(sys.argv[1]), max_size=None) as server:
        server.serve_forever()
