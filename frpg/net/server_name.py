"""Reading the name that a TLS client asks for, before anybody takes part in TLS."""

from __future__ import annotations

from frpg.net.stream import Stream
from frpg.proto.sni import MAX_HELLO, NotTls, server_name


def read_server_name(stream: Stream, timeout: float) -> str:
    """As `proto.sni.server_name`, within `timeout` seconds; the bytes read stay to be read. Raises OSError, NotTls."""
    data = b""
    with stream.deadline(timeout):
        while (name := server_name(data)) is None:
            if len(data) > MAX_HELLO:
                raise NotTls("hello too long")
            piece = stream.recv()
            if not piece:
                raise ConnectionError("closed before its hello")
            data += piece
    stream.unread(data)
    return name
