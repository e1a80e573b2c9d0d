"""A minimal frps for tests of the client: the test decides what it answers, and takes its streams itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import gevent
from gevent.queue import Queue

from frpg.net.listener import Listener
from frpg.net.messages import MessageStream
from frpg.net.mux import MuxSession
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.aead import Aead
from frpg.proto.cfb import Cfb
from frpg.proto.frames import V2_MAGIC, FrameType, encode_frame
from frpg.proto.framing import Framing, V1Framing, V2Framing
from frpg.proto.hello import ClientHello, select, session_keys
from frpg.proto.messages import Login, LoginResp, Message, NewProxy, NewProxyResp, NewWorkConn, ReqWorkConn

RUN_ID = "0123456789abcdef"
PATIENCE = 10.0  # seconds a test waits for what must come


class FakeControl:
    """One logged-in client, from the server's side."""

    def __init__(self, server: FakeFrps, login: Login, messages: MessageStream) -> None:
        self.server = server
        self.login = login
        self.messages = messages
        self.proxies: list[NewProxy] = []

    def receive(self) -> Message:
        return self.messages.receive(PATIENCE)

    def send(self, message: Message) -> None:
        self.messages.send(message)

    def start_proxy(self) -> NewProxy:
        """Take a NewProxy and consent."""
        asked = self.receive()
        assert isinstance(asked, NewProxy)
        self.send(NewProxyResp(proxy_name=asked.proxy_name, remote_addr=":6000"))
        return asked

    def work(self) -> MessageStream:
        """Ask for a work connection and wait for it."""
        self.send(ReqWorkConn())
        return self.server.next_work()

    def close(self) -> None:
        self.messages.close()


class FakeFrps:
    """Listens on 127.0.0.1. Owns all streams of all clients; `close` ends them.

    Args:
        mux: as tcpMux.
        versions: wire protocols it knows; any other stream is closed without an answer.
        answer: to Login; by default all may come in.
        codecs: of wire protocol v2.
    """

    def __init__(
        self,
        *,
        mux: bool = False,
        versions: tuple[int, ...] = (1, 2),
        answer: Callable[[Login], LoginResp] | None = None,
        codecs: tuple[str, ...] = ("msgpack", "json"),
        secret: bytes = b"",
    ) -> None:
        self._mux = mux
        self._versions = versions
        self._answer = answer or (lambda login: LoginResp(version="fake", run_id=login.run_id or RUN_ID))
        self._codecs = codecs
        self._secret = secret
        self.first_bytes: list[bytes] = []  # of every stream
        self._controls: Queue[FakeControl] = Queue()
        self._works: Queue[MessageStream] = Queue()
        self._streams: list[Stream] = []
        self._sessions: list[MuxSession] = []
        self._framing: Framing = V1Framing()
        self.opened: list[NewWorkConn] = []
        self._listener = Listener(("127.0.0.1", 0), self._on_connection)
        self.port = self._listener.port
        self._listener.start()

    def next_control(self) -> FakeControl:
        return self._controls.get(timeout=PATIENCE)

    def next_work(self) -> MessageStream:
        return self._works.get(timeout=PATIENCE)

    def _on_connection(self, stream: Stream) -> None:
        if self._mux:
            self._sessions.append(MuxSession(stream, is_client=False, on_stream=self._on_stream))
        else:
            self._on_stream(stream)

    def _on_stream(self, stream: Stream) -> None:
        self._streams.append(stream)
        stream.accept()
        with contextlib.suppress(OSError):
            first = stream.recv()
            self.first_bytes.append(first)
            version = 2 if first.startswith(V2_MAGIC) else 1
            if version in self._versions and first:
                stream.unread(first[len(V2_MAGIC) :] if version == 2 else first)
                self._on_known(stream, version)
            else:
                stream.close()

    def _on_known(self, stream: Stream, version: int) -> None:
        if version == 2 and self.first_bytes[-1][len(V2_MAGIC) :].startswith(b"\0\1"):
            self._log_in_v2(stream)
            return
        messages = MessageStream(stream, V1Framing() if version == 1 else V2Framing())
        first = messages.receive(PATIENCE)
        if isinstance(first, Login):
            self._log_in_v1(stream, messages, first)
        else:
            assert isinstance(first, NewWorkConn)
            self.opened.append(first)
            self._works.put(MessageStream(messages.detach(), self._framing))

    def _log_in_v1(self, stream: Stream, messages: MessageStream, login: Login) -> None:
        answer = self._answer(login)
        messages.send(answer)
        if answer.error:
            stream.close()
            return
        self._framing = V1Framing()
        control = StagedStream(messages.detach(), [Cfb(self._secret)])
        self._controls.put(FakeControl(self, login, MessageStream(control, self._framing)))

    def _log_in_v2(self, stream: Stream) -> None:
        head = stream.recv_exact(8)
        client_payload = stream.recv_exact(int.from_bytes(head[4:], "big"))
        hello = select(ClientHello.decode(client_payload), codecs=self._codecs)
        server_payload = hello.encode()
        messages = MessageStream(stream, V2Framing())
        login = messages.receive(PATIENCE)
        assert isinstance(login, Login)
        answer = self._answer(login)
        stream.sendall(encode_frame(FrameType.SERVER_HELLO, server_payload) + V2Framing().encode(answer))
        if answer.error:
            stream.close()
            return
        keys = session_keys(self._secret, hello.algorithm, client_payload, server_payload)
        self._framing = V2Framing("msgpack" if hello.codec == "msgpack" else "json")
        aead = Aead(hello.algorithm, keys.server_to_client, keys.client_to_server)
        control = StagedStream(messages.detach(), [aead])
        self._controls.put(FakeControl(self, login, MessageStream(control, self._framing)))

    def drop_all(self) -> None:
        """Cut every connection, as a server does that is restarted."""
        for stream in self._streams:
            stream.close()
        for session in self._sessions:
            session.close()
        self._streams.clear()
        self._sessions.clear()

    def close(self) -> None:
        self._listener.close()
        self.drop_all()


@contextlib.contextmanager
def fake_frps(**options: object) -> Iterator[FakeFrps]:
    server = FakeFrps(**options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.close()


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until `condition` holds; False when it does not within `seconds`."""
    with gevent.Timeout(seconds, False):
        while not condition():
            gevent.sleep(0.005)
        return True
    return False
