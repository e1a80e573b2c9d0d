"""One logged-in session: reads the control connection, beats, opens work connections, keeps the proxies."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from frpg.auth.method import ClientAuth
from frpg.client.heartbeat import Heartbeat
from frpg.client.login import Session
from frpg.client.manager import ProxyManager
from frpg.client.proxies.base import ProxyContext
from frpg.client.source import Entries
from frpg.client.tally import Tallies
from frpg.client.users import Joined
from frpg.client.visitors import VisitorManager
from frpg.client.work import WorkConnections
from frpg.config.client import ClientConfig
from frpg.errors import AuthError, FrpgError
from frpg.logs import prefixed
from frpg.net.address import Resolver
from frpg.net.failure import describe
from frpg.proto.messages import Message, NewProxyResp, Ping, Pong, ReqWorkConn

logger = logging.getLogger(__name__)

_BEAT_STEP = 1.0  # seconds between two looks at the heartbeat
_ROUNDS = 2  # pings of a farewell


class Control:
    """Owns `session` from now on. Lives while `run` does; after it nothing of the session is left."""

    def __init__(
        self,
        session: Session,
        config: ClientConfig,
        auth: ClientAuth,
        entries: Entries,
        *,
        resolver: Resolver | None = None,
        tallies: Tallies | None = None,
        joined: Joined | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run_id = session.run_id
        self.is_closed = False
        self.end = ""  # why the session ended by itself
        self._connector = session.connector
        self._messages = session.control
        self._config = config
        self._auth = auth
        self._clock = clock
        self._log = prefixed(logger, session.run_id)
        self._sending = BoundedSemaphore(1)
        self._greenlets: list[Any] = []
        self._heartbeat: Heartbeat | None = None
        self._unanswered = 0  # pings
        self._no_pong_due = Event()
        context = ProxyContext(
            send=self._send,
            post=self._post,
            framing=session.framing,
            half_close=session.half_close,
            run_id=session.run_id,
            user=config.user,
            secret=auth.secret,
            udp_packet_size=config.udp_packet_size,
            resolver=resolver,
            tallies=tallies or Tallies(),
            joined=set() if joined is None else joined,
            clock=clock,
        )
        self._entries = entries
        self._tallies = context.tallies
        self.visitors = VisitorManager(session.run_id)
        self.proxies = ProxyManager(context)
        self._work = WorkConnections(session, auth, self.proxies.choose, self._log)

    def run(self) -> None:
        """Serve until the session ends, for whatever reason."""
        try:
            self._start()
            while True:
                self._handle(self._messages.receive())
        except (OSError, FrpgError) as error:
            if not self.is_closed:
                self.end = describe(error)
                self._log.warning("control session ended: %s", self.end)
        finally:
            self.close()

    def _start(self) -> None:
        transport = self._config.transport
        if transport.heartbeat_interval > 0:
            interval, timeout = float(transport.heartbeat_interval), float(transport.heartbeat_timeout)
            self._heartbeat = Heartbeat(interval, timeout, self._clock())
            self._greenlets.append(gevent.spawn(self._beat, self._heartbeat))
        self.update(self._entries)
        self._greenlets.append(gevent.spawn(self.proxies.run))

    def update(self, entries: Entries) -> None:
        """Have these run from now on. Never blocks."""
        self._entries = entries
        if self.is_closed:
            return
        self.visitors.update(entries.visitors)
        self.proxies.update(entries.proxies)

    def _handle(self, message: Message) -> None:
        match message:
            case ReqWorkConn():
                self._work.request()
            case NewProxyResp():
                self._on_new_proxy_resp(message)
            case Pong():
                self._on_pong(message)
            case _:
                pass  # as frp: what a later version may send is no reason to leave

    def _on_new_proxy_resp(self, message: NewProxyResp) -> None:
        if self.proxies.start_blocks(message):
            self._greenlets = [greenlet for greenlet in self._greenlets if not greenlet.dead]
            self._greenlets.append(gevent.spawn(self.proxies.answered, message))
        else:
            self.proxies.answered(message)

    def _on_pong(self, message: Pong) -> None:
        self._unanswered = max(0, self._unanswered - 1)
        if not self._unanswered:
            self._no_pong_due.set()
        if message.error:
            self._log.error("pong message contains error: %s", message.error)
            self.end = message.error
            self.close()
        elif self._heartbeat is not None:
            self._log.debug("receive heartbeat from server")
            self._heartbeat.pong(self._clock())

    def _beat(self, heartbeat: Heartbeat) -> None:
        while True:
            if heartbeat.take_due_ping(self._clock()) and not self._ping():
                heartbeat.missed(self._clock())
            if heartbeat.has_timed_out(self._clock()):
                self._log.warning("heartbeat timeout")
                self.end = "heartbeat timeout"
                self.close()
                return
            gevent.sleep(_BEAT_STEP)

    def _ping(self) -> bool:
        """False: there is no proof to be had for it, and nothing was sent. May wait for one."""
        try:
            ping = Ping(**self._auth.ping_fields(time.time()))
        except AuthError as error:
            self._log.warning("no heartbeat sent: %s", error)
            return False
        self._log.debug("send heartbeat to server")
        self._unanswered += 1
        self._no_pong_due.clear()
        self._post(ping)
        return True

    # --- sending; a failure is noticed by the reader

    def _send(self, make: Callable[[], Message | None]) -> None:
        """Send what `make` gives when its turn has come. Waits while the server is slow to read."""
        try:
            with self._sending:  # a stream has one blocked writer at most
                message = make()
                if message is not None:
                    self._messages.send(message)
        except OSError as error:
            self._log.debug("not sent: %s", error)

    def _post(self, message: Message) -> None:
        """Never blocks."""
        self._messages.post(message)

    # --- the end

    def withdraw(self, timeout: float) -> None:
        """Tell the server that every proxy ends, and wait up to `timeout` seconds until no more users will come.

        The session goes on, and serves those that do come. Control messages are answered in their order: with the Pong
        the server knows. The second round is for users whose work connection was chosen before.
        """
        if self.is_closed:
            return
        self.proxies.withdraw()
        ends = time.monotonic() + timeout
        with suppress(TimeoutError), gevent.Timeout(timeout, TimeoutError):  # of what a ping may wait for
            for _ in range(_ROUNDS if timeout > 0 else 0):
                if not self._ping():
                    return
                if not self._no_pong_due.wait(max(0.0, ends - time.monotonic())) or self.is_closed:
                    return

    @property
    def is_connecting(self) -> bool:
        """True while a user is between the server and the local service."""
        return self._work.is_connecting

    def bytes_moved(self) -> int:
        """By all proxies, both ways."""
        return sum(self._tallies.moved())

    def close(self) -> None:
        """End the session and all it started. Idempotent, never blocks."""
        if self.is_closed:
            return
        self.is_closed = True
        self._no_pong_due.set()
        self.visitors.close()
        self.proxies.close()
        self._work.close()
        gevent.killall([greenlet for greenlet in self._greenlets if greenlet is not gevent.getcurrent()], block=False)
        self._messages.close()
        self._connector.close()
