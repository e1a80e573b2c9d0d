"""Logging in: a new way to the server, the hello of wire protocol v2, Login and its answer, the encrypted control."""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass

from frpg import FRP_VERSION
from frpg.auth.method import ClientAuth
from frpg.client.connector import Connector, Dialer
from frpg.client.platform import go_arch, go_os
from frpg.config.client import ClientConfig
from frpg.errors import FrpgError, ProtocolError
from frpg.net.messages import MessageStream
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.aead import Aead
from frpg.proto.cfb import Cfb
from frpg.proto.frames import V2_MAGIC, FrameDecoder, FrameType, encode_frame
from frpg.proto.framing import Codec, Framing, V1Framing, V2Framing
from frpg.proto.hello import ClientHello, ServerHello, check, session_keys
from frpg.proto.messages import Login, LoginResp, Message

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT = 10.0  # seconds for all that the server answers


class LoginRefused(FrpgError):
    """The server's own words, from LoginResp. Reaction: as for any failed login."""


class NoAnswer(ConnectionError):
    """The server closed without a byte of answer, as one does that does not know wire protocol v2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A successful login. Whoever holds it closes the control and the connector."""

    run_id: str
    wire: str  # protocol: v1, v2
    half_close: bool  # the server can end one direction of a work connection
    connector: Connector
    control: MessageStream
    framing: Framing  # of all messages from now on
    magic: bytes  # the first bytes of every further stream


class Logins:
    """Logs in as often as asked; remembers which wire protocol the server knows."""

    def __init__(self, config: ClientConfig, auth: ClientAuth, dialer: Dialer) -> None:
        self._config = config
        self._auth = auth
        self._dialer = dialer
        self._wire = config.transport.wire_protocol  # v1, v2, auto

    def log_in(self, run_id: str) -> Session:
        """One attempt; `run_id` is that of the last session, "" for none. Raises OSError, FrpgError."""
        if self._wire != "auto":
            return self._attempt(self._wire, run_id)
        try:
            return self._attempt("v2", run_id)
        except NoAnswer:
            logger.debug("no answer to wire protocol v2, trying v1")
        return self._attempt("v1", run_id)

    def _attempt(self, wire: str, run_id: str) -> Session:
        transport = self._config.transport
        login = self._login(run_id)  # first: a proof may take a while, and the server waits for nobody
        connector = Connector(
            self._dialer, tcp_mux=transport.tcp_mux, mux_keepalive=float(transport.tcp_mux_keepalive_interval)
        )
        try:
            connector.open()
            stream = connector.connect()
            try:
                with stream.deadline(ANSWER_TIMEOUT):
                    return self._shake(stream, connector, login, wire)
            except BaseException:
                stream.close()
                raise
        except BaseException as error:
            connector.close()
            if isinstance(error, LoginRefused):
                self._auth.forget()
            raise

    def _login(self, run_id: str) -> Login:
        config, now = self._config, time.time()
        return Login(
            version=FRP_VERSION,
            hostname=socket.gethostname(),
            os=go_os(),
            arch=go_arch(),
            user=config.user,
            client_id=config.client_id,
            metas=config.metadatas,
            pool_count=config.transport.pool_count,
            run_id=run_id,
            half_close=True,
            **self._auth.login_fields(now),
        )

    def _shake(self, stream: Stream, connector: Connector, login: Login, wire: str) -> Session:
        if wire == "v1":
            return self._shake_v1(stream, connector, login)
        return self._shake_v2(stream, connector, login)

    def _shake_v1(self, stream: Stream, connector: Connector, login: Login) -> Session:
        framing = V1Framing()
        plain = MessageStream(stream, framing)
        plain.send(login)
        answer = plain.receive()
        if self._wire == "auto" and isinstance(answer, LoginResp):
            self._wire = "v1"
        accepted = _accepted(answer)
        control = StagedStream(plain.detach(), [Cfb(self._auth.secret)])
        return Session(
            run_id=accepted.run_id,
            wire="v1",
            half_close=accepted.half_close,
            connector=connector,
            control=MessageStream(control, framing),
            framing=framing,
            magic=b"",
        )

    def _shake_v2(self, stream: Stream, connector: Connector, login: Login) -> Session:
        transport = self._config.transport
        hello = ClientHello.make(transport.protocol, tls=transport.tls.enable, tcp_mux=transport.tcp_mux)
        payload = hello.encode()
        opening = V2_MAGIC + encode_frame(FrameType.CLIENT_HELLO, payload)
        stream.sendall(opening + V2Framing().encode(login))
        answer = _Answer(stream)
        server_payload = answer.server_hello()
        server = ServerHello.decode(server_payload)
        check(hello, server)
        accepted = _accepted(answer.message())
        keys = session_keys(self._auth.secret, server.algorithm, payload, server_payload)
        answer.give_back()
        control = StagedStream(stream, [Aead(server.algorithm, keys.client_to_server, keys.server_to_client)])
        framing = V2Framing(_codec(server.codec))
        return Session(
            run_id=accepted.run_id,
            wire="v2",
            half_close=accepted.half_close,
            connector=connector,
            control=MessageStream(control, framing),
            framing=framing,
            magic=V2_MAGIC,
        )


def _codec(name: str) -> Codec:
    return "msgpack" if name == "msgpack" else "json"


def _accepted(answer: Message) -> LoginResp:
    """Raises LoginRefused, ProtocolError."""
    if not isinstance(answer, LoginResp):
        raise ProtocolError(f"{type(answer).__name__} where LoginResp belongs")
    if answer.error:
        raise LoginRefused(answer.error, reason=answer.error)
    return answer


class _Answer:
    """The frames that a v2 server sends before encryption begins."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoder = FrameDecoder()

    def server_hello(self) -> bytes:
        """The payload. Raises NoAnswer, OSError, ProtocolError, LoginRefused."""
        kind, payload = self._first_frame()
        if kind == FrameType.MESSAGE:  # a refusal without hello
            _accepted(V2Framing().decode_payload(payload))
        if kind != FrameType.SERVER_HELLO:
            raise ProtocolError(f"frame type {kind} where ServerHello belongs")
        return payload

    def message(self) -> Message:
        """The first message. Raises OSError, ProtocolError."""
        kind, payload = self._next_frame()
        if kind != FrameType.MESSAGE:
            raise ProtocolError(f"frame type {kind} where LoginResp belongs")
        return V2Framing().decode_payload(payload)

    def give_back(self) -> None:
        """Leave to the stream what came after the last frame."""
        self._stream.unread(self._decoder.unread())

    def _first_frame(self) -> tuple[int, bytes]:
        try:
            data = self._stream.recv()
        except ConnectionError as error:
            raise NoAnswer(str(error)) from error
        if not data:
            raise NoAnswer("connection closed by the peer")
        self._decoder.receive_data(data)
        return self._next_frame()

    def _next_frame(self) -> tuple[int, bytes]:
        while True:
            frame = self._decoder.next_frame()
            if frame is not None:
                return frame
            data = self._stream.recv()
            if not data:
                raise ConnectionError("connection closed by the peer")
            self._decoder.receive_data(data)
