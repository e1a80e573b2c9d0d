"""Login: who is admitted, what the others are told, who replaces whom."""

import logging

import pytest

from frpg.proto.messages import LoginResp, Ping, Pong
from frpg.server.login import shown
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

WAYS = [(version, mux, tls) for version in (1, 2) for mux in (True, False) for tls in (True, False)]


@pytest.mark.parametrize(("version", "mux", "tls"), WAYS)
def test_client_that_knows_the_token_is_admitted(serve: StartServer, version: int, mux: bool, tls: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with Peer(server, version=version, tls=tls) as peer:
        assert peer.answer.error == ""
        assert len(peer.run_id) == 16
        assert int(peer.run_id, 16) >= 0
        assert len(server.controls) == 1
        peer.send(Ping())
        assert peer.receive(Pong) == Pong()
    eventually(lambda: len(server.controls) == 0)


@pytest.mark.parametrize("mux", [True, False])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("detailed", "text"),
    [(True, "token in login doesn't match token from configuration"), (False, "register control error")],
)
def test_wrong_token(
    serve: StartServer, caplog: pytest.LogCaptureFixture, version: int, mux: bool, detailed: bool, text: str
) -> None:
    server = serve(detailed_errors_to_client=detailed, transport__tcp_mux=mux)
    with Peer(server, version=version, token="wrong") as peer:
        assert peer.answer == LoginResp(version=peer.answer.version, error=text)
    assert len(server.controls) == 0
    eventually(lambda: server.strangers == 0)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == ["register control error: token in login doesn't match token from configuration"]


def test_codec_is_msgpack_only_when_offered(serve: StartServer) -> None:
    server = serve()
    with Peer(server, version=2) as ours, Peer(server, version=2, codecs=("json",)) as official:
        assert ours.framing.codec == "msgpack"
        assert official.framing.codec == "json"
        for peer in (ours, official):
            peer.send(Ping())
            assert peer.receive(Pong) == Pong()


def test_unknown_codec_is_told_in_the_hello(serve: StartServer) -> None:
    from frpg.net.dial import dial
    from frpg.proto.frames import V2_MAGIC, FrameType, encode_frame
    from frpg.proto.framing import V2Framing
    from frpg.proto.hello import ClientHello
    from frpg.proto.messages import Login

    server = serve(transport__tcp_mux=False)
    hello = ClientHello.make("tcp", tls=False, tcp_mux=False, codecs=("cbor",)).encode()
    stream = dial("127.0.0.1", server.bind_port)
    stream.settimeout(5)
    stream.sendall(V2_MAGIC + encode_frame(FrameType.CLIENT_HELLO, hello) + V2Framing().encode(Login()))
    received = b""
    while data := stream.recv():
        received += data
    stream.close()
    assert b"unsupported message codec" in received


def test_v2_login_without_hello(serve: StartServer) -> None:
    from frpg.net.dial import dial
    from frpg.net.messages import MessageStream
    from frpg.proto.frames import V2_MAGIC
    from frpg.proto.framing import V2Framing
    from frpg.proto.messages import Login

    server = serve(transport__tcp_mux=False)
    stream = dial("127.0.0.1", server.bind_port)
    stream.sendall(V2_MAGIC + V2Framing().encode(Login()))
    answer = MessageStream(stream, V2Framing()).receive(5)
    stream.close()
    assert isinstance(answer, LoginResp)
    assert answer.error == "missing v2 crypto negotiation"


@pytest.mark.parametrize("run_id", ["x" * 65, "a\nb", "\0"])
def test_run_id_that_is_none(serve: StartServer, run_id: str) -> None:
    with Peer(serve(), run_id=run_id) as peer:
        assert peer.answer.error == "invalid run id"


def test_run_id_of_the_client_is_kept(serve: StartServer) -> None:
    with Peer(serve(), run_id="any text") as peer:
        assert peer.run_id == "any text"


@pytest.mark.parametrize(("asked", "allowed", "requests"), [(-5, 5, 0), (0, 5, 0), (3, 5, 3), (100, 2, 2)])
def test_pool_count_is_bounded(serve: StartServer, asked: int, allowed: int, requests: int) -> None:
    server = serve(transport__max_pool_count=allowed)
    with Peer(server, pool_count=asked, service=None) as peer:
        peer.send(Ping())
        peer.receive(Pong)
        assert peer.requests == requests


def test_client_id_is_online_once_per_user(serve: StartServer) -> None:
    server = serve()
    with Peer(server, user="u", client_id="c") as first:
        with Peer(server, user="u", client_id="c") as second:
            assert second.answer.error == "client_id [c] for user [u] is already online"
        with Peer(server, user="other", client_id="c") as third:
            assert third.answer.error == ""
        with Peer(server, user="u", client_id="c", run_id=first.run_id) as again:
            assert again.answer.error == ""
            first.wait_ended()
    eventually(lambda: len(server.controls) == 0)
    assert server.context.registry.snapshot() == []


def test_strangers_text_cannot_break_a_log_line() -> None:
    assert shown("a\nb\x1b[31m") == "a?b?[31m"
    assert len(shown("x" * 10_000)) == 64
