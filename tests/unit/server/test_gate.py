"""Strangers on the port: each gets one line in the log and is sent away, the others go on."""

import random
import re
import socket
import struct
from collections.abc import Iterator

import gevent
import pytest

from frpg.errors import ProtocolError
from frpg.net.dial import dial
from frpg.net.messages import MessageStream
from frpg.net.tls import client_context, tls_client
from frpg.proto.frames import V2_MAGIC
from frpg.proto.framing import V1Framing
from frpg.proto.messages import Login, LoginResp, NewWorkConn, Ping
from frpg.server import gate, reception
from frpg.server.service import Server
from tests.support.users import connect, receive_all, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

PATIENCE = 8.0  # seconds; less than the gate's deadlines, so that a stranger who has to wait for them fails


def yamux(payload: bytes, *, kind: int = 0, flags: int = 1, stream: int = 1, version: int = 0, size: int = -1) -> bytes:
    """A frame; by default data that opens stream 1."""
    return struct.pack("!BBHII", version, kind, flags, stream, len(payload) if size < 0 else size) + payload


CONNECTIONS = {
    "TLS garbage": b"\x16\x03\x01\x04\x00" + random.Random(1).randbytes(2000),
    "TLS garbage after the custom byte": b"\x17" + random.Random(2).randbytes(2000),
    "TLS record that is none": b"\x16" + b"\xff" * 2000,
    "WebSocket": b"GET /~!frp HTTP/1.1\r\nHost: x\r\n\r\n",
}
STREAMS = {
    "random": random.Random(3).randbytes(2000),
    "length of 2^63": b"o" + struct.pack("!Q", 1 << 63) + bytes(100),
    "negative length": b"o" + struct.pack("!q", -1) + bytes(100),
    "frame too large": b"o" + struct.pack("!q", 10241) + b" " * 2000,
    "unknown message": b"z" + struct.pack("!q", 2) + b"{}",
    "message of another place": V1Framing().encode(Ping()),
    "broken JSON": b"o" + struct.pack("!q", 5) + b'{"a":',
    "v2 frame too large": V2_MAGIC + struct.pack("!HHI", 1, 0, 0xFFFFFFFF),
    "v2 flags": V2_MAGIC + struct.pack("!HHI", 1, 1, 2) + b"{}",
    "v2 unknown frame": V2_MAGIC + struct.pack("!HHI", 9, 0, 2) + b"{}",
    "v2 unknown message": V2_MAGIC + struct.pack("!HHIH", 16, 0, 4, 99) + b"{}",
}
SESSIONS = {
    "no yamux": V1Framing().encode(Login()),
    "yamux version": yamux(b"", version=3),
    "yamux type": yamux(b"", kind=9),
    "yamux frame beyond the window": yamux(b"", size=0xFFFFFFFF),
    "yamux stream that is not the client's": yamux(b"", stream=2),
    "yamux go away": yamux(b"", kind=3, flags=0, stream=0, size=2),
}


@pytest.fixture(autouse=True)
def _level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert not [record for record in caplog.records if record.exc_info], caplog.text
    lines = [record.getMessage() for record in caplog.records if record.name == "frpg.logs.refusals"]
    assert all(re.match(r"refused [a-z-]+ from 127\.0\.0\.1 port \d+: .", line) for line in lines), lines
    return lines


def talk(server: Server, words: bytes, step: int) -> None:
    """Say `words`, `step` bytes at a time, and wait until the server ends the connection, unasked."""
    with connect(server.bind_port) as stranger:
        stranger.settimeout(PATIENCE)
        for start in range(0, len(words), step):
            try:
                stranger.sendall(words[start : start + step])
            except ConnectionError:
                break  # it was quicker
            gevent.sleep(0)
        receive_all(stranger)
    eventually(lambda: server.strangers == 0)


@pytest.fixture(params=[True, False], ids=["mux", "nomux"])
def server(serve: StartServer, request: pytest.FixtureRequest) -> Server:
    return serve(transport__tcp_mux=request.param)


@pytest.fixture
def resident(server: Server) -> Iterator[None]:
    """A client that was there before and works afterwards."""
    with Peer(server) as peer:
        port = peer.publish()
        yield
        assert tcp_echoes(port)
        assert not peer.is_ended()


@pytest.mark.usefixtures("resident")
@pytest.mark.parametrize("step", [1, 100_000], ids=["byte by byte", "at once"])
@pytest.mark.parametrize("words", CONNECTIONS)
def test_connection_that_is_none(server: Server, caplog: pytest.LogCaptureFixture, words: str, step: int) -> None:
    talk(server, CONNECTIONS[words], step)
    assert len(refusals(caplog)) == 1


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("words", STREAMS)
def test_first_message_that_is_none(
    serve: StartServer, caplog: pytest.LogCaptureFixture, words: str, step: int
) -> None:
    server = serve(transport__tcp_mux=False)
    with Peer(server) as peer:
        port = peer.publish()
        talk(server, STREAMS[words], step)
        assert tcp_echoes(port)
    assert len(refusals(caplog)) == 1


@pytest.mark.parametrize("words", STREAMS)
def test_first_message_of_a_stream_that_is_none(
    serve: StartServer, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    with Peer(serve()) as peer:
        port = peer.publish()
        stream = peer.open()
        stream.sendall(STREAMS[words])
        while stream.recv():
            pass
        assert tcp_echoes(port)
    assert len(refusals(caplog)) == 1


@pytest.mark.parametrize("step", [1, 100_000], ids=["byte by byte", "at once"])
@pytest.mark.parametrize("words", SESSIONS)
def test_session_that_is_none(serve: StartServer, caplog: pytest.LogCaptureFixture, words: str, step: int) -> None:
    server = serve()
    with Peer(server) as peer:
        port = peer.publish()
        talk(server, SESSIONS[words], step)
        assert tcp_echoes(port)
    assert len(refusals(caplog)) == 1


@pytest.mark.usefixtures("resident")
@pytest.mark.parametrize("size", [1, 5, 9, 10, 11, 12, 20, 40])
def test_end_in_the_middle(server: Server, caplog: pytest.LogCaptureFixture, size: int) -> None:
    login = V1Framing().encode(Login(hostname="x" * 40))
    words = yamux(login) if server.config.transport.tcp_mux else login
    with connect(server.bind_port) as stranger:
        stranger.sendall(words[:size])
        stranger.shutdown(socket.SHUT_WR)
        receive_all(stranger)
    eventually(lambda: server.strangers == 0)
    assert len(refusals(caplog)) == 1


@pytest.mark.usefixtures("resident")
def test_port_check_is_no_fault(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    connect(server.bind_port).close()
    eventually(lambda: server.strangers == 0)
    assert refusals(caplog) == []


@pytest.fixture
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "DEADLINE", 0.2)
    monkeypatch.setattr(reception, "DEADLINE", 0.2)


@pytest.mark.usefixtures("short_deadlines")
@pytest.mark.parametrize(
    "words",
    [b"", b"o", b"\x16\x03\x01\x02\0\1\0\1\xfc\x03", b"\x17" * 10, V2_MAGIC, b"o" + struct.pack("!q", 300)],
)
def test_silent_strangers_are_sent_away(server: Server, caplog: pytest.LogCaptureFixture, words: bytes) -> None:
    with connect(server.bind_port) as stranger:
        stranger.settimeout(PATIENCE)
        stranger.sendall(words)
        receive_all(stranger)
    eventually(lambda: server.strangers == 0)
    assert len(refusals(caplog)) == 1


@pytest.mark.usefixtures("short_deadlines")
@pytest.mark.parametrize("words", [yamux(b""), yamux(V1Framing().encode(NewWorkConn(run_id="nobody")))])
def test_session_without_a_login_is_closed(serve: StartServer, words: bytes) -> None:
    server = serve()
    with connect(server.bind_port) as stranger:
        stranger.settimeout(PATIENCE)
        stranger.sendall(words)
        receive_all(stranger)
    eventually(lambda: server.strangers == 0)


def test_session_of_a_client_stays_beyond_the_deadlines(serve: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "DEADLINE", 0.1)
    server = serve()
    with Peer(server) as peer:
        eventually(lambda: server.strangers == 0)
        port = peer.publish()
        gevent.sleep(0.2)
        assert tcp_echoes(port)


def test_streams_before_the_login_are_few(serve: StartServer) -> None:
    server = serve()
    opened = b"".join(yamux(b"", kind=1, stream=number, size=0) for number in range(1, 100, 2))
    with connect(server.bind_port) as stranger:
        stranger.settimeout(PATIENCE)
        stranger.sendall(opened)
        resets = stranger.recv(12 * (50 - gate.STRANGER_STREAMS), socket.MSG_WAITALL)
        flags = {struct.unpack_from("!BBHII", resets, at)[2] for at in range(0, len(resets), 12)}
        assert flags == {8}


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_other_setting_of_mux_is_hinted_at(serve: StartServer, caplog: pytest.LogCaptureFixture, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with pytest.raises((OSError, ProtocolError)):
        Peer(server, mux=not mux)
    eventually(lambda: bool(refusals(caplog)))
    assert all("tcpMux must be the same at both ends" in line for line in refusals(caplog))


def test_tls_may_be_required(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(transport__tls__force=True)
    with pytest.raises(OSError):
        Peer(server)
    eventually(lambda: "non-TLS connection received on a TlsOnly server" in caplog.text)
    with Peer(server, tls=True) as peer:
        assert tcp_echoes(peer.publish())


def test_custom_first_byte_before_tls(serve: StartServer) -> None:
    server = serve(transport__tcp_mux=False)
    raw = dial("127.0.0.1", server.bind_port)
    raw.sendall(b"\x17")
    stream = tls_client(raw, client_context(), "")
    stream.sendall(V1Framing().encode(Login()))
    answer = MessageStream(stream, V1Framing()).receive(PATIENCE)
    stream.close()
    assert isinstance(answer, LoginResp)


def test_close_sends_strangers_away(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    starts = [b"", yamux(b""), b"\x16\x03\x01\x02\0\1\0\1\xfc\x03"]
    strangers = [connect(server.bind_port) for _ in starts]
    for stranger, words in zip(strangers, starts, strict=True):
        stranger.sendall(words)
    eventually(lambda: server.strangers == len(starts))
    server.close()
    for stranger in strangers:
        stranger.settimeout(PATIENCE)
        receive_all(stranger)
        stranger.close()
    assert server.strangers == 0
