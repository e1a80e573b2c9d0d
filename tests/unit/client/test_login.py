from collections.abc import Callable

import gevent
import pytest

import frpg.client.login
from frpg.auth.token import TokenAuth, privilege_key
from frpg.client.connector import Dialer
from frpg.client.login import LoginRefused, Logins, Session
from frpg.config.client import ClientConfig
from frpg.errors import ProtocolError
from frpg.net.listener import Listener
from frpg.net.stream import Stream
from frpg.proto.frames import V2_MAGIC
from frpg.proto.framing import V1Framing
from frpg.proto.messages import Login, LoginResp, Ping, Pong
from tests.support.fake_frps import RUN_ID, FakeFrps, fake_frps
from tests.unit.client.making import client_config


def logins(config: ClientConfig) -> Logins:
    return Logins(config, TokenAuth(config.auth.token), Dialer(config, None))


def end(session: Session) -> None:
    session.control.close()
    session.connector.close()


def ping_pong(server: FakeFrps, session: Session) -> Login:
    """The encrypted control works both ways; returns what the client logged in with."""
    control = server.next_control()
    session.control.send(Ping(timestamp=7))
    assert control.receive() == Ping(timestamp=7)
    control.send(Pong())
    assert session.control.receive(5) == Pong()
    return control.login


@pytest.mark.parametrize("mux", [False, True])
@pytest.mark.parametrize(
    ("wire", "codecs", "codec"),
    [
        ("v1", (), "json"),
        ("v2", ("json",), "json"),
        ("v2", ("msgpack", "json"), "msgpack"),
        ("auto", ("json",), "json"),
    ],
)
def test_a_login_gives_an_encrypted_control(wire: str, codecs: tuple[str, ...], codec: str, mux: bool) -> None:
    with fake_frps(mux=mux, codecs=codecs, secret=b"secret") as server:
        session = logins(client_config(server.port, wire=wire, mux=mux, token="secret")).log_in("")
        ping_pong(server, session)
        assert session.run_id == RUN_ID
        assert session.framing.codec == codec
        assert session.framing.version == (1 if wire == "v1" else 2)
        assert session.magic == (b"" if wire == "v1" else V2_MAGIC)
        end(session)


@pytest.mark.parametrize("half_close", [True, False])
@pytest.mark.parametrize("wire", ["v1", "v2"])
def test_both_ends_tell_whether_they_know_half_close(wire: str, half_close: bool) -> None:
    with fake_frps(answer=lambda login: LoginResp(run_id=RUN_ID, half_close=half_close)) as server:
        session = logins(client_config(server.port, wire=wire)).log_in("")
        assert session.half_close == half_close
        assert server.next_control().login.half_close
        end(session)


def test_login_says_who_we_are() -> None:
    with fake_frps(secret=b"secret") as server:
        config = client_config(server.port, token="secret", user="alice", client_id="desk", metadatas={"a": "1"})
        session = logins(config).log_in("feedfacefeedface")
        login = ping_pong(server, session)
        end(session)
    assert (login.user, login.client_id, login.metas, login.pool_count) == ("alice", "desk", {"a": "1"}, 1)
    assert login.run_id == session.run_id == "feedfacefeedface"
    assert login.privilege_key == privilege_key("secret", login.timestamp)
    assert login.version == "0.70.1"
    assert login.hostname
    assert login.os
    assert login.arch


@pytest.mark.parametrize("wire", ["v1", "v2", "auto"])
def test_a_refusal_has_the_servers_words_and_is_not_tried_otherwise(wire: str) -> None:
    with fake_frps(answer=lambda login: LoginResp(error="token in login doesn't match")) as server:
        with pytest.raises(LoginRefused, match=r"^token in login doesn't match$"):
            logins(client_config(server.port, wire=wire)).log_in("")
        assert len(server.first_bytes) == 1


def test_a_server_without_a_common_codec_says_so() -> None:
    with fake_frps(codecs=("cbor",)) as server, pytest.raises(ConnectionError):
        logins(client_config(server.port, wire="v2")).log_in("")


@pytest.mark.parametrize("mux", [False, True])
def test_auto_falls_back_to_v1_at_once_and_remembers(mux: bool) -> None:
    with fake_frps(versions=(1,), mux=mux) as server:
        attempts = logins(client_config(server.port, wire="auto", mux=mux))
        for _ in range(2):
            session = attempts.log_in("")
            ping_pong(server, session)
            assert session.framing.version == 1
            end(session)
        assert [first.startswith(V2_MAGIC) for first in server.first_bytes] == [True, False, False]


def test_auto_remembers_v1_even_when_it_is_refused() -> None:
    with fake_frps(versions=(1,), answer=lambda login: LoginResp(error="no")) as server:
        attempts = logins(client_config(server.port, wire="auto"))
        for _ in range(2):
            with pytest.raises(LoginRefused):
                attempts.log_in("")
        assert [first.startswith(V2_MAGIC) for first in server.first_bytes] == [True, False, False]


@pytest.mark.parametrize(("wire", "streams"), [("v1", 1), ("v2", 1), ("auto", 2)])
def test_a_server_that_only_hangs_up_is_an_error(wire: str, streams: int) -> None:
    with fake_frps(versions=()) as server:
        with pytest.raises(ConnectionError):
            logins(client_config(server.port, wire=wire)).log_in("")
        assert len(server.first_bytes) == streams


class Scripted:
    """Answers every connection with the same bytes."""

    def __init__(self, script: Callable[[Stream], None]) -> None:
        self.listener = Listener(("127.0.0.1", 0), self._serve)
        self.script = script
        self.count = 0
        self.listener.start()

    def _serve(self, stream: Stream) -> None:
        self.count += 1
        self.script(stream)
        stream.close()


def test_a_silent_server_is_left_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frpg.client.login, "ANSWER_TIMEOUT", 0.05)
    server = Scripted(lambda stream: [stream.recv() for _ in range(9)] and None)
    try:
        for wire in ("v1", "v2", "auto"):
            with pytest.raises(TimeoutError):
                logins(client_config(server.listener.port, wire=wire)).log_in("")
        assert server.count == 3
    finally:
        server.listener.close()


@pytest.mark.parametrize(
    ("wire", "answer"),
    [
        ("v1", V1Framing().encode(Pong())),
        ("v1", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("v2", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("auto", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("v2", bytes.fromhex("0001000000000000")),
        ("v2", bytes.fromhex("0002000000000002") + b"{}"),
        ("v2", bytes.fromhex("00020000ffffffff")),
    ],
)
def test_garbage_is_an_error(wire: str, answer: bytes) -> None:
    def script(stream: Stream) -> None:
        stream.recv()
        stream.sendall(answer)
        stream.recv()

    server = Scripted(script)
    try:
        with pytest.raises(ProtocolError):
            logins(client_config(server.listener.port, wire=wire)).log_in("")
        assert server.count == 1
    finally:
        server.listener.close()


@pytest.mark.parametrize("step", [1, 2, 7, 100])
def test_the_answer_may_come_in_pieces_with_more_behind_it(step: int) -> None:
    framing = V1Framing()

    def script(stream: Stream) -> None:
        stream.recv()
        answer = framing.encode(LoginResp(run_id=RUN_ID)) + b"what follows is encrypted"
        for start in range(0, len(answer), step):
            stream.sendall(answer[start : start + step])
            gevent.sleep(0)
        stream.recv()

    server = Scripted(script)
    try:
        session = logins(client_config(server.listener.port)).log_in("")
        assert session.run_id == RUN_ID
        with pytest.raises((ProtocolError, ConnectionError)):
            session.control.receive(5)
        end(session)
    finally:
        server.listener.close()
