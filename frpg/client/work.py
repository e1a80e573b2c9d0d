"""Work connections: opened when the server asks, idle without a greenlet until it starts them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import getcurrent

from frpg.auth.method import ClientAuth
from frpg.client.login import Session
from frpg.errors import FrpgError, ProtocolError
from frpg.logs import PrefixedLogger
from frpg.net.failure import describe
from frpg.net.stream import Inbox, Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import NewWorkConn, StartWorkConn
from frpg.proto.stage import Buffer

REPEAT_INTERVAL = 1.0  # seconds between two equal complaints in the log

Server = Callable[[Stream, StartWorkConn], Callable[[], None] | None]  # see Proxy.serve
Chooser = Callable[[str], Server | None]  # by the proxy's name on the wire; None: nobody, the connection is closed


class WorkConnections:
    """Those of one session. Every new user connection passes through here, so little is done and nothing is logged."""

    def __init__(self, session: Session, auth: ClientAuth, choose: Chooser, log: PrefixedLogger) -> None:
        self._connector = session.connector
        self._framing = session.framing
        self._magic = session.magic
        self._run_id = session.run_id
        self._auth = auth
        self._choose = choose
        self._log = log
        self._opening = b"" if auth.signs_work_conns else self._make_opening()  # "": signed anew each time
        self._opens_at_once = session.connector.opens_at_once and not (auth.signs_work_conns and auth.may_wait)
        self._waiting: set[_Waiting] = set()
        self._busy: set[Any] = set()  # greenlets that dial or serve
        self._spawned = 0  # those, and the ones that have yet to begin
        self._last_error = ""  # logged last; the same words again only after a while
        self._quiet_until = 0.0
        self._is_closed = False

    def _make_opening(self) -> bytes:
        proof = self._auth.work_conn_fields(time.time())
        return self._magic + self._framing.encode(NewWorkConn(run_id=self._run_id, **proof))

    def request(self) -> None:
        """Open one more, in a greenlet if that may wait for anything but a server that acknowledges no new streams."""
        if self._opens_at_once:
            self._open()
        else:
            self._spawn(self._dial)

    def _dial(self) -> None:
        if not self._is_closed:
            self._open()

    def _open(self) -> None:
        try:
            opening = self._opening or self._make_opening()
            stream = self._connector.connect()
        except (OSError, FrpgError) as error:
            if not self._is_closed:
                self._log.warning("start new connection to server error: %s", describe(error))
            return
        stream.write([opening])
        waiting = _Waiting(self, stream, self._framing)
        self._waiting.add(waiting)
        stream.attach(waiting)

    def started(self, stream: Stream, message: object) -> None:
        """The server has answered; called from the hub."""
        if isinstance(message, StartWorkConn):
            serve = self._choose(message.proxy_name)
            if message.error:
                self._complain(message.error)
            elif serve is not None:
                rest = serve(stream, message)
                if rest is not None:
                    self._spawn(rest)
                return
        stream.close()

    def _complain(self, error: str) -> None:
        # A busy frps asks for more work connections than it keeps, and refuses thousands with the same words.
        now = time.monotonic()
        if error != self._last_error or now > self._quiet_until:
            self._log.error("StartWorkConn contains error: %s", error)
            self._last_error, self._quiet_until = error, now + REPEAT_INTERVAL

    @property
    def is_connecting(self) -> bool:
        """True while something is on its way to the server, or a user to the local service."""
        return self._spawned > 0

    def _spawn(self, call: Callable[[], None]) -> None:
        self._spawned += 1
        gevent.spawn(self._run, call)

    def _run(self, call: Callable[[], None]) -> None:
        """In this greenlet, which `close` may kill from now on."""
        me = getcurrent()
        self._busy.add(me)
        try:
            call()
        finally:
            self._busy.discard(me)
            self._spawned -= 1

    def forget(self, waiting: _Waiting) -> None:
        """It was started or has ended."""
        self._waiting.discard(waiting)

    def close(self) -> None:
        """Close what waits, stop what dials. Joined work connections go on as long as their transport does."""
        self._is_closed = True
        for waiting in list(self._waiting):
            waiting.drop()
        gevent.killall(list(self._busy), block=False)


class _Waiting:
    """The sink of a work connection that was not started yet; owns its stream until then."""

    __slots__ = ("_decoder", "_owner", "_stream")

    def __init__(self, owner: WorkConnections, stream: Stream, framing: Framing) -> None:
        self._owner = owner
        self._stream = stream
        self._decoder = framing.decoder()

    def drop(self) -> None:
        self._owner.forget(self)
        self._stream.close()

    def on_data(self, views: list[Buffer], size: int) -> None:
        decoder = self._decoder
        try:
            decoder.receive_data(bytes(views[0]) if len(views) == 1 else b"".join(views))
            message = decoder.next_message()
        except ProtocolError:
            self.drop()
            return
        if message is None:
            return
        self._owner.forget(self)
        stream = self._stream
        stream.attach(Inbox(stream))  # keeps what follows until somebody reads or relays it
        stream.unread(decoder.unread())
        self._owner.started(stream, message)

    def on_drain(self) -> None:
        pass

    def on_end(self) -> None:
        self.drop()

    def on_error(self, error: OSError) -> None:
        self.drop()
