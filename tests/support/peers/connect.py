"""Standard input and output over an HTTP CONNECT, as an ssh ProxyCommand: connect.py PORT TARGET."""

import os
import socket
import sys
import threading


def main(port: int, target: str) -> None:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1) or sys.exit("no answer to CONNECT")
    if b" 200 " not in head:
        sys.exit(head.decode())
    threading.Thread(target=send, args=(connection,), daemon=True).start()
    while data := connection.recv(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def send(connection: socket.socket) -> None:
    while data := os.read(0, 65536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
