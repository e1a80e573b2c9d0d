"""udp: a UDP port of this server; all its datagrams share one work connection."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar

import gevent
from gevent.event import Event

from frpg.errors import FrpgError, RouteConflict, reason
from frpg.logs import PrefixedLogger
from frpg.net.stream import Address, Stream
from frpg.net.udp import UdpSocket
from frpg.proto.messages import NewProxy
from frpg.relay.packets import PacketStream
from frpg.server.context import Context
from frpg.server.proxies.base import Proxy
from frpg.server.upstream import Upstream

FIRST_DELAY = 0.5  # seconds that the client has to learn of its success
RETRY_DELAY = 1.0  # seconds after a failure to get a work connection
SILENCE = 60.0  # seconds; clients ping every 30
QUEUE = 1024  # datagrams kept while there is no work connection


class UdpProxy(Proxy):
    """Source: server spec 1.5."""

    PORTS: ClassVar[int] = 1
    _socket: UdpSocket

    def __init__(self, context: Context, upstream: Upstream, message: NewProxy, log: PrefixedLogger) -> None:
        super().__init__(context, upstream, message, log)
        self._queue: deque[tuple[bytes, Address]] = deque()
        self._packets: PacketStream | None = None

    def start(self) -> str:
        """See Proxy."""
        ports, asked = self._context.udp_ports, self.message.remote_port
        try:
            port = ports.acquire(self.name, asked)
        except RouteConflict as error:
            raise RouteConflict(reason=f"acquire port {asked} error: {error.reason}") from error
        self._undo.append(lambda: ports.release(port))
        self._claim(self._port_route("udp", port))
        config = self._context.config
        self._socket = UdpSocket(
            bind=(config.proxy_bind_addr, port), packet_size=config.udp_packet_size, on_packet=self._on_datagram
        )
        self._undo.append(self._socket.close)
        carrier = gevent.spawn(self._carry_on)
        self._undo.append(lambda: carrier.kill(block=False))
        self.log.info("udp proxy listen port [%d]", port)
        return f":{port}"

    def close(self) -> None:
        """See Proxy."""
        super().close()
        if self._packets is not None:
            self._packets.close()

    def _carry_on(self) -> None:
        """Keep one work connection, for as long as the proxy lives."""
        gevent.sleep(FIRST_DELAY)
        while not self.is_closed:
            try:
                stream = self.open()
            except (FrpgError, OSError) as error:
                if not self.is_closed:
                    self.log.warning("failed to get work connection: %s", reason(error))
                    self.recent.add(f"failed to get work connection: {reason(error)}")
                    gevent.sleep(RETRY_DELAY)
            else:
                self._carry(stream)

    def _carry(self, stream: Stream) -> None:
        """Pass datagrams through `stream` until it ends or its client has been silent for too long."""
        ended = Event()
        packets = PacketStream(stream, self._upstream.framing, on_packet=self._on_answer, on_end=ended.set)
        self._packets = packets
        packets.start()
        try:
            while self._queue:
                data, sender = self._queue.popleft()
                packets.send(data, *sender)
            while (left := packets.last_seen + SILENCE - time.monotonic()) > 0:
                if ended.wait(left):
                    break
        finally:
            self._packets = None
            packets.close()

    def _on_datagram(self, data: bytes, sender: Address) -> None:
        self.traffic_in.value += len(data)
        if self._packets is not None:
            self._packets.send(data, *sender)
        elif len(self._queue) < QUEUE:
            self._queue.append((data, sender))

    def _on_answer(self, content: bytes, ip: str, port: int) -> None:
        self.traffic_out.value += len(content)
        self._socket.send(content, (ip, port))
