"""A proxy of one session: the phases it goes through with the server, and the layers of its work connections."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from frpg.client.health import make_monitor
from frpg.client.names import with_user
from frpg.client.phase import Phase
from frpg.client.tally import Tallies
from frpg.client.users import Joined
from frpg.config.proxies import ProxyConfig
from frpg.errors import FrpgError, ProtocolError
from frpg.logs import prefixed
from frpg.net.address import Resolver
from frpg.net.failure import describe
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.cfb import Cfb
from frpg.proto.framing import Framing
from frpg.proto.messages import CloseProxy, Message, NewProxy, StartWorkConn
from frpg.proto.snappy import Snappy
from frpg.proto.stage import Stage
from frpg.relay.limit import LimitedStream, Limiter

logger = logging.getLogger(__name__)

ANSWER_WAIT = 20.0  # seconds without an answer until NewProxy is sent again
ERROR_WAIT = 30.0  # seconds after a start error until NewProxy is sent again


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyContext:
    """What a session lends to its proxies."""

    # Over the control. Waits while the server is slow, and then asks what there is to send: by then it may be nothing.
    send: Callable[[Callable[[], Message | None]], None]  # raises ProtocolError only
    post: Callable[[Message], None]  # never blocks, never raises
    framing: Framing  # of the messages inside UDP work connections
    run_id: str
    half_close: bool = True  # the server can end one direction of a work connection
    user: str = ""  # in front of every name on the wire
    secret: bytes = b""  # key of useEncryption
    udp_packet_size: int = 1500  # bytes
    resolver: Resolver | None = None
    tallies: Tallies = field(default_factory=Tallies)
    joined: Joined = field(default_factory=set)
    clock: Callable[[], float] = time.monotonic


class Proxy:
    """The state machine of one proxy; a subclass per type serves its work connections.

    Phases change before anything is sent, so an answer finds the phase it belongs to.
    """

    def __init__(self, config: ProxyConfig, context: ProxyContext) -> None:
        self.config = config
        self.context = context
        self.log = prefixed(logger, context.run_id, config.name)
        self.phase = Phase.NEW
        self.error = ""  # of the last failed start; kept until the next success
        self.remote_addr = ""
        self._monitor = make_monitor(config, context.resolver, self._on_health, self.log)
        self.is_healthy = self._monitor is None  # not before the first check has succeeded
        self.tally = context.tallies.of(config.name)
        self._is_known = False  # the server has heard of it, and may send users
        self._is_over = False
        self._unanswered = 0  # NewProxy messages
        self._since = 0.0  # when NewProxy was sent, or the start failed
        self._limiter = self._make_limiter()

    # --- with the server

    def start(self) -> None:
        """Begin to check the local service, where that is wanted; `close` ends it."""
        if self._monitor is not None:
            self._monitor.start()

    def _on_health(self, is_healthy: bool) -> None:
        self.is_healthy = is_healthy
        self.log.info("health check %s", "success" if is_healthy else "failed")
        self.evaluate()

    @property
    def is_serving(self) -> bool:
        """True when a user sent by the server is welcome, in whatever phase.

        A start may overtake the answer to NewProxy, and may have been sent before the server took note of a CloseProxy.
        """
        return self._is_known and not self._is_over

    @property
    def connections(self) -> int:
        """Users that are served now."""
        return self.tally.connections

    def evaluate(self) -> None:
        """Send what phase, time and health ask for. Called at start, every few seconds, on a change of health."""
        if self._is_due():
            self._announce()
        elif not self.is_healthy and self.phase in (Phase.RUNNING, Phase.WAIT_START):
            self.phase = Phase.CHECK_FAILED
            self._post_close()

    def _is_due(self) -> bool:
        if not self.is_healthy:
            return False
        if self.phase in (Phase.NEW, Phase.CHECK_FAILED):
            return True
        waited = self.context.clock() - self._since
        if self.phase is Phase.WAIT_START:
            return waited > ANSWER_WAIT
        return self.phase is Phase.START_ERROR and waited > ERROR_WAIT

    def _announce(self) -> None:
        try:
            self.context.send(self._ask)
        except ProtocolError as error:  # too large for a message
            self._unanswered -= 1
            self._fail(str(error))

    def _ask(self) -> NewProxy | None:
        """The message to send now; None when the proxy was closed or fell ill while the server was slow."""
        if not self._is_due():
            return None
        self.phase = Phase.WAIT_START
        self._is_known = True
        self._unanswered += 1
        self._since = self.context.clock()
        return self.announcement()

    def _post_close(self) -> None:
        self.context.post(CloseProxy(proxy_name=with_user(self.context.user, self.config.name)))

    def answered(self, remote_addr: str, error: str) -> None:
        """Take the server's NewProxyResp. Blocks when `start_blocks`."""
        if error and self.phase is Phase.RUNNING and not self._unanswered:
            self._fail(error)  # not an answer: our frps says so when its operator closes the proxy
            return
        self._unanswered = max(0, self._unanswered - 1)
        if self.phase is not Phase.WAIT_START:
            self.log.warning("start error: status not wait start, ignore start message")
            return
        if error:
            self._fail(error)
            return
        self.remote_addr = remote_addr
        try:
            self.start_local()
        except (OSError, FrpgError) as failure:
            if self.phase is Phase.WAIT_START:
                self._post_close()
                self._fail(describe(failure))
            return
        if self.phase is Phase.WAIT_START:  # not closed, nor found unhealthy, meanwhile
            self.phase = Phase.RUNNING
            self.error = ""
            self.log.info("start proxy success")

    def _fail(self, error: str) -> None:
        self.error = error
        self.phase = Phase.START_ERROR
        self._since = self.context.clock()
        self.log.warning("start error: %s", error)

    def withdraw(self) -> None:
        """Tell the server that the proxy has ended for good. Users that it sent before are served until `close`."""
        if self.phase is not Phase.CLOSED:
            self.phase = Phase.CLOSED
            if self._monitor is not None:
                self._monitor.close()
            self._post_close()

    def close(self) -> None:
        """Withdraw, serve nobody any more, give back what the local side holds."""
        self.withdraw()
        if not self._is_over:
            self._is_over = True
            self.stop_local()

    def announcement(self) -> NewProxy:
        """The NewProxy message: what all types have in common."""
        config = self.config
        mode = config.transport.bandwidth_limit_mode
        return NewProxy(
            proxy_name=with_user(self.context.user, config.name),
            proxy_type=config.type,
            use_encryption=config.transport.use_encryption,
            use_compression=config.transport.use_compression,
            bandwidth_limit=config.transport.bandwidth_limit.text,
            bandwidth_limit_mode="" if mode == "client" else mode,
            group=config.load_balancer.group,
            group_key=config.load_balancer.group_key,
            metas=config.metadatas,
            annotations=config.annotations,
        )

    # --- the local side, given by the type

    @property
    def start_blocks(self) -> bool:
        """True when `start_local` has to wait for something."""
        return False

    def start_local(self) -> None:
        """Prepare the local side after the server's consent. Raises OSError or FrpgError: the proxy is withdrawn."""

    def stop_local(self) -> None:
        """Give back what `start_local` and `serve` took. Called once, never blocks."""

    def serve(self, work: Stream, start: StartWorkConn) -> Callable[[], None] | None:
        """Own the work connection `work`. Called from the hub: must not yield.

        Returns what is left to do and has to wait, for a greenlet that may be killed; None when all is done.
        """
        raise NotImplementedError

    # --- layers of a work connection

    def _make_limiter(self) -> Limiter | None:
        transport = self.config.transport
        if not transport.bandwidth_limit or transport.bandwidth_limit_mode == "server":
            return None
        return Limiter(transport.bandwidth_limit.bytes_per_second)

    def unwrap(self, work: Stream) -> Stream:
        """The stream of the user's plain bytes: compressed, then encrypted, then limited on its way to the wire."""
        if self._limiter is not None:
            work = LimitedStream(work, self._limiter)
        stages: list[Stage] = []
        if self.config.transport.use_compression:
            stages.append(Snappy())
        if self.config.transport.use_encryption:
            stages.append(Cfb(self.context.secret))
        return StagedStream(work, stages) if stages else work
