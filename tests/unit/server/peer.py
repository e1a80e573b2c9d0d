"""A small client for tests of the server: real sockets, the project's own protocol, no reconnecting."""

import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import gevent

from frpg.auth.token import TokenAuth
from frpg.net.dial import dial
from frpg.net.messages import MessageStream
from frpg.net.mux import MuxSession
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.net.tls import client_context, tls_client
from frpg.proto.aead import Aead
from frpg.proto.cfb import Cfb
from frpg.proto.frames import V2_MAGIC, FrameDecoder, FrameType, encode_frame
from frpg.proto.framing import Framing, V1Framing, V2Framing
from frpg.proto.hello import ClientHello, ServerHello, session_keys
from frpg.proto.messages import (
    Login,
    LoginResp,
    Message,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    ReqWorkConn,
    StartWorkConn,
)
from frpg.relay.packets import PacketStream
from frpg.server.service import Server

TOKEN = "correct horse"
TIMEOUT = 10.0  # seconds that an answer may take


def echo(stream: Stream) -> None:
    """Send back what comes, then the end."""
    while data := stream.recv():
        stream.sendall(data)
    stream.finish()


class Peer:
    """Logs in when made; `answer` tells the result. Serves its work connections by `service`, until closed.

    Args:
        service: what happens on a started work connection, in a greenlet; None leaves requests unanswered.
    """

    def __init__(
        self,
        server: Server,
        *,
        version: int = 1,
        mux: bool | None = None,
        tls: bool = False,
        token: str = TOKEN,
        service: Callable[[Stream], None] | None = echo,
        codecs: tuple[str, ...] = ("msgpack", "json"),
        **login: Any,
    ) -> None:
        self.auth = TokenAuth(token)
        self.started: list[StartWorkConn] = []
        self.messages: list[Message] = []  # on the control, besides ReqWorkConn
        self.requests = 0  # ReqWorkConn so far
        self._port, self._tls, self._version, self._codecs = server.bind_port, tls, version, codecs
        self._service = service
        self._session: MuxSession | None = None
        self._streams: list[Stream] = []
        self._greenlets: list[gevent.Greenlet] = []
        if server.config.transport.tcp_mux if mux is None else mux:
            self._session = MuxSession(self._dial(), is_client=True)
        self.framing: Framing = V1Framing()
        try:
            proof = self.auth.login_fields(time.time())
            self.control, self.answer = self._log_in(Login(**{"half_close": True, **proof, **login}))
        except BaseException:
            self.close()
            raise
        self.run_id = self.answer.run_id
        if not self.answer.error:
            self._spawn(self._listen)

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _spawn(self, call: Callable[..., None], *arguments: Any) -> None:
        self._greenlets.append(gevent.spawn(call, *arguments))

    def _dial(self) -> Stream:
        stream: Stream = dial("127.0.0.1", self._port)
        if self._tls:
            stream = tls_client(stream, client_context(), "")
        return stream

    def open(self) -> Stream:
        """A new stream to the server's first-message reader."""
        stream = self._session.open() if self._session is not None else self._dial()
        stream.settimeout(TIMEOUT)
        self._streams.append(stream)
        return stream

    def _log_in(self, login: Login) -> tuple[MessageStream, LoginResp]:
        stream = self.open()
        if self._version == 1:
            stream.sendall(self.framing.encode(login))
            plain = MessageStream(stream, self.framing)
            answer = plain.receive(TIMEOUT)
            staged = StagedStream(plain.detach(), [Cfb(self.auth.secret)])
        else:
            hello = ClientHello.make("tcp", tls=self._tls, tcp_mux=True, codecs=self._codecs).encode()
            frame = encode_frame(FrameType.CLIENT_HELLO, hello)
            stream.sendall(V2_MAGIC + frame + V2Framing().encode(login))
            chosen, payload, answer = self._read_v2_answer(stream)
            keys = session_keys(self.auth.secret, chosen.algorithm, hello, payload)
            self.framing = V2Framing("msgpack" if chosen.codec == "msgpack" else "json")
            stage = Aead(chosen.algorithm, keys.client_to_server, keys.server_to_client)
            staged = StagedStream(stream, [stage])
        assert isinstance(answer, LoginResp)
        return MessageStream(staged, self.framing), answer

    def _read_v2_answer(self, stream: Stream) -> tuple[ServerHello, bytes, Message]:
        decoder, frames = FrameDecoder(), []
        while len(frames) < 2:  # what follows is encrypted
            if (frame := decoder.next_frame()) is not None:
                frames.append(frame[1])
            else:
                decoder.receive_data(stream.recv())
        stream.unread(decoder.unread())
        return ServerHello.decode(frames[0]), frames[0], V2Framing().decode_payload(frames[1])

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                message = self.control.receive()
                if isinstance(message, ReqWorkConn):
                    self.requests += 1
                    if self._service is not None:
                        self._spawn(self._work)
                else:
                    self.messages.append(message)

    def offer(self, **fields: Any) -> MessageStream:
        """Open a work connection."""
        stream = self.open()
        magic = V2_MAGIC if self._version == 2 else b""
        stream.sendall(magic + self.framing.encode(NewWorkConn(**{"run_id": self.run_id, **fields})))
        return MessageStream(stream, self.framing)

    def _work(self) -> None:
        assert self._service is not None
        with contextlib.suppress(OSError):
            messages = self.offer()
            messages.stream.settimeout(None)
            start = messages.receive()
            assert isinstance(start, StartWorkConn)
            self.started.append(start)
            self._service(messages.detach())
            messages.close()

    def send(self, message: Message) -> None:
        self.control.send(message)

    def receive(self, kind: type[Message]) -> Any:
        """The next message of that kind, with those before it forgotten."""
        with gevent.Timeout(TIMEOUT, TimeoutError(f"no {kind.__name__}")):
            while True:
                while self.messages:
                    message = self.messages.pop(0)
                    if isinstance(message, kind):
                        return message
                gevent.sleep(0.005)

    def new_proxy(self, name: str = "p", kind: str = "tcp", **fields: Any) -> NewProxyResp:
        """Register a proxy; its answer."""
        self.send(NewProxy(proxy_name=name, proxy_type=kind, **fields))
        answer = self.receive(NewProxyResp)
        assert isinstance(answer, NewProxyResp)
        return answer

    def publish(self, name: str = "p", kind: str = "tcp", **fields: Any) -> int:
        """Register a proxy; its port."""
        answer = self.new_proxy(name, kind, **fields)
        assert not answer.error, answer.error
        return int(answer.remote_addr.removeprefix(":"))

    def is_ended(self) -> bool:
        """Whether the server has ended the control."""
        return self._greenlets[0].ready()

    def wait_ended(self) -> None:
        self._greenlets[0].join(TIMEOUT)
        assert self.is_ended()

    def close(self) -> None:
        for greenlet in self._greenlets:
            greenlet.kill()
        for stream in self._streams:
            stream.close()
        if self._session is not None:
            self._session.close()


def udp_echo(peer_framing: Callable[[], Framing]) -> Callable[[Stream], None]:
    """A service that answers the datagrams of a udp proxy; `peer_framing` tells how they are written."""

    def serve(stream: Stream) -> None:
        ended = gevent.event.Event()
        packets = PacketStream(
            stream,
            peer_framing(),
            on_packet=lambda content, ip, port: packets.send(content, ip, port),
            on_end=ended.set,
        )
        packets.start()
        try:
            ended.wait()
        finally:
            packets.close()

    return serve
