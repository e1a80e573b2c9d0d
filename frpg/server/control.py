"""One logged-in client: its control messages, its proxies, its work connections."""

from __future__ import annotations

import logging
from collections.abc import Callable
from weakref import WeakSet

import gevent
from gevent import get_hub

from frpg.auth.method import ANYBODY, Identity, ServerAuth
from frpg.errors import AuthError, FrpgError, ProtocolError, reason
from frpg.logs import prefixed
from frpg.net.messages import MessageStream
from frpg.net.stream import NO_ADDRESS, Address, Inbox, Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import (
    CloseProxy,
    Login,
    Message,
    NatHoleResp,
    NatHoleVisitor,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from frpg.server.clients import ClientRecord
from frpg.server.context import Context
from frpg.server.hooks import Refused
from frpg.server.pool import NoWorkConnection, WorkPool
from frpg.server.proxyset import ProxySet
from frpg.server.upstream import Carrier, Owner

logger = logging.getLogger(__name__)

START_TIMEOUT = 5.0  # seconds a congested work connection has to take its start


class Control:
    """Implements Upstream. Runs from `start` to `close`, which frees everything at once and waits for nobody.

    Args:
        on_close: called once, at the end.
        auth: that the client has logged in with; None: the server's.
        identity: as whom; all it sends must come from the same.
    """

    def __init__(
        self,
        context: Context,
        login: Login,
        run_id: str,
        framing: Framing,
        on_close: Callable[[Control], None],
        auth: ServerAuth | None = None,
        identity: Identity = ANYBODY,
    ) -> None:
        self.run_id = run_id
        self.login = login
        self.address = NO_ADDRESS  # of the client
        self.framing = framing
        self.auth = auth or context.auth  # another token is for later logins
        self.identity = identity
        self.half_close = login.half_close
        self.is_running = False
        self.is_closed = False
        self.pool = WorkPool(
            max(0, min(login.pool_count, context.config.transport.max_pool_count)),
            request=self._request_work,
            timeout=context.config.user_conn_timeout,
            clock=context.clock,
            waits=context.waits,
        )
        self._log = prefixed(logger, run_id)
        self.proxies = ProxySet(context, self, self._log, login=login, client_id=self.client_id, note=self.note)
        self._context = context
        self._on_close = on_close
        self._messages: MessageStream | None = None
        self._record: ClientRecord | None = None
        self._carriers: WeakSet[Carrier] = WeakSet()
        self._last_ping = context.clock()
        self._request = framing.encode(ReqWorkConn())
        self._wanted = 0  # requests to be sent at the end of this loop turn

    # --- life

    def start(self, stream: Stream, carrier: Carrier | None = None) -> None:
        """Own `stream`, the plaintext side of the control connection, and run."""
        self._messages = MessageStream(stream, self.framing)
        self._last_ping = self._context.clock()
        self.is_running = True
        self._record = self._context.clients.online(
            self.login, self.run_id, self.address[0], f"v{self.framing.version}"
        )
        self._bind(carrier)
        self.pool.fill()
        gevent.spawn(self._run, self._messages)

    def _bind(self, carrier: Carrier | None) -> None:
        """`carrier` shall end with this control."""
        if carrier is not None:
            self._carriers.add(carrier)

    @property
    def secret(self) -> bytes:
        """See Upstream."""
        return self.auth.secret

    @property
    def owner(self) -> Owner:
        """See Upstream."""
        return Owner(self.login.user, self.login.metas, self.run_id)

    @property
    def client_id(self) -> str:
        """What stands for the client: its id, or else its run id."""
        return self.login.client_id or self.run_id

    def note(self, text: str) -> None:
        """Something went wrong with this client."""
        if self._record is not None:
            self._record.recent.add(text)

    def end_proxy(self, name: str, why: str) -> None:
        """See Upstream. Official clients log it and take their proxy for running; ours tries again now and then."""
        self.proxies.end(name)
        self._post(NewProxyResp(proxy_name=name, error=why))

    def kick(self) -> None:
        """See Upstream."""
        self._log.info("kicked by the operator")
        self.note("kicked by the operator")
        self.close()

    def replace(self) -> None:
        """See Upstream."""
        self._log.info("replaced by client [%s]", self.run_id)
        self.close()

    def close(self) -> None:
        """Free the routes, then close the connections. Idempotent, does not yield."""
        if self.is_closed:
            return
        self.is_closed = True
        self.pool.close()
        self.proxies.close()
        self._context.registry.release_all(self)
        if self._messages is not None:
            self._messages.close()
        for carrier in list(self._carriers):
            carrier.close()
        self._on_close(self)
        if self._record is not None and self._record.run_id == self.run_id:
            self._context.clients.offline(self._record)
        if self.is_running:
            self._log.info("client exit success")

    # --- the control connection

    def _run(self, messages: MessageStream) -> None:
        try:
            while not self.is_closed:
                self._handle(messages.receive(self._time_left()))
        except TimeoutError:
            self._log.warning("heartbeat timeout")
            self.note("heartbeat timeout")
        except ProtocolError as error:
            self._log.warning("control connection broken: %s", error)
            self.note(f"control connection broken: {error}")
        except OSError as error:
            self._log.debug("control connection ended: %s", error)
        except Exception:
            self._log.exception("the control failed")
        finally:
            self.close()

    def _time_left(self) -> float | None:
        """Seconds until the client's silence is too long. Raises TimeoutError."""
        timeout = self._context.config.transport.heartbeat_timeout
        if timeout <= 0:
            return None
        left = self._last_ping + timeout - self._context.clock()
        if left <= 0:
            raise TimeoutError
        return left

    def _handle(self, message: Message) -> None:
        match message:
            case NewProxy():
                began = self._context.clock()
                self._post(self.proxies.add(message))
                self._last_ping += self._context.clock() - began  # what plugins take is no silence of the client
            case CloseProxy():
                self.proxies.end(message.proxy_name)
            case Ping():
                self._post(self._pong(message))
            case NatHoleVisitor():
                # An answer, so that the visitor does not wait for its timeout.
                error = "xtcp is not supported yet by this server"
                self._post(NatHoleResp(transaction_id=message.transaction_id, error=error))
            case _:
                self._log.debug("ignored a %s", type(message).__name__)

    def _post(self, message: Message) -> None:
        if self._messages is not None and not self.is_closed:
            self._messages.post(message)

    def _request_work(self, count: int) -> None:
        # Users that come in one turn of the loop share one message frame's way through cipher and carrier.
        if not self._wanted:
            get_hub().loop.run_callback(self._send_requests)
        self._wanted += count

    def _send_requests(self) -> None:
        count, self._wanted = self._wanted, 0
        if self._messages is not None and not self.is_closed:
            self._messages.post_bytes(self._request * count)

    def _pong(self, ping: Ping) -> Pong:
        try:
            if self._context.hooks.ping is not None:
                ping = self._context.hooks.ping(self.owner, ping)
            self.auth.check_ping(ping, self.identity)
        except (AuthError, Refused) as error:
            self._log.warning("received invalid ping: %s", reason(error))
            self.note(f"received invalid ping: {reason(error)}")
            return Pong(error=self._context.reason_for_client(error, "invalid ping"))
        self._last_ping = self._context.clock()
        return Pong()

    # --- work connections

    def offer(
        self, stream: Stream, message: NewWorkConn, version: int, carrier: Carrier | None, *, may_wait: bool = True
    ) -> None:
        """See Upstream."""
        if self._context.hooks.new_work_conn is not None:
            if not may_wait:
                raise FrpgError(reason="plugins are asked first")
            message = self._context.hooks.new_work_conn(self.owner, message)
            stream.check()
        self.auth.check_work_conn(message, self.identity, may_wait=may_wait)
        if self.is_closed:
            raise FrpgError(reason=f"client control for run id [{self.run_id}] is no longer current")
        if not self.is_running:
            raise FrpgError(reason=f"client control for run id [{self.run_id}] is not running")
        if version != self.framing.version:
            raise FrpgError(reason=f"the session speaks wire protocol v{self.framing.version}, not v{version}")
        self._bind(carrier)
        self.pool.put(stream)

    def open(self, proxy_name: str, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """See Upstream."""
        frame = self.framing.encode(
            StartWorkConn(
                proxy_name=proxy_name,
                src_addr=source[0],
                src_port=source[1],
                dst_addr=destination[0],
                dst_port=destination[1],
            )
        )
        for _ in range(self.pool.size + 1):
            work = self.pool.take()
            proxy = self.proxies.get(proxy_name)
            if proxy is None:
                self._return(work)
                raise NoWorkConnection(reason=f"proxy [{proxy_name}] is closed")
            if self._start_work(work, frame):
                try:
                    return proxy.wrap(work)
                except BaseException:
                    work.close()
                    raise
        raise NoWorkConnection(reason="try to get work connection failed in the end")

    def _return(self, work: Stream) -> None:
        try:
            self.pool.put(work)
        except FrpgError:
            work.close()

    def _start_work(self, work: Stream, frame: bytes) -> bool:
        """Tell the client whom `work` is for; False when it has failed, and is closed."""
        try:
            _write(work, frame)
        except OSError as error:
            work.close()
            self._log.debug("a work connection failed before its start: %s", error)
            return False
        except BaseException:
            work.close()
            raise
        return True


def _write(work: Stream, frame: bytes) -> None:
    """Raises OSError, TimeoutError. Where all is well nothing is made and nobody waits."""
    if not work.write([frame]):  # congested, or dead: wait for which
        work.attach(Inbox(work))
        work.settimeout(START_TIMEOUT)
        work.sendall(b"")
        work.settimeout(None)
