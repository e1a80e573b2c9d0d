"""udp: a UDP port of the server, relayed to a local UDP service."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gevent import get_hub

from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.config.proxies import UdpProxyConfig
from frpg.logs import PrefixedLogger
from frpg.net.address import join, numeric, plain, resolve
from frpg.net.failure import describe
from frpg.net.stream import Address, Stream
from frpg.net.udp import UdpSocket
from frpg.proto.messages import NewProxy, StartWorkConn
from frpg.proto.proxy_protocol import header
from frpg.relay.packets import PacketStream

PING_INTERVAL = 30.0  # seconds; keeps the server from giving the work connection up
IDLE_TIMEOUT = 30.0  # seconds without a packet either way, after which a user's socket is closed
SWEEP_INTERVAL = 5.0  # seconds between two looks for idle users
MAX_USERS = 4096  # each is a descriptor; the least recently active goes first

Reply = Callable[[bytes, str, int], None]  # content, and ip and port of the user


class UdpProxy(Proxy):
    """One work connection carries all users; a new one takes the place of the last. The users' sockets outlive it."""

    config: UdpProxyConfig

    def __init__(self, config: UdpProxyConfig, context: ProxyContext) -> None:
        super().__init__(config, context)
        self._packets: PacketStream | None = None
        self._pinger: Any = None  # timer of the work connection
        self._users: UserSockets | None = None

    def announcement(self) -> NewProxy:
        """See Proxy."""
        return replace(super().announcement(), remote_port=self.config.remote_port)

    @property
    def connections(self) -> int:
        """See Proxy."""
        return len(self._users) if self._users is not None else 0

    # --- the local service

    @property
    def start_blocks(self) -> bool:
        return numeric(self.config.local_ip, self.config.local_port) is None

    def start_local(self) -> None:
        """Resolve the local service, once. Raises OSError."""
        service = self._resolve()
        self._close_users()
        version = self.config.transport.proxy_protocol_version
        self._users = UserSockets(service, self.context.udp_packet_size, version, self._reply, self.log)

    def _resolve(self) -> Address:
        host, port = self.config.local_ip, self.config.local_port
        if "%" in host:  # a literal with its interface, which a sockaddr's text would lose
            return host, port
        return plain(resolve(host, port, self.context.resolver)[0][1])

    def stop_local(self) -> None:
        self._close_packets()
        self._close_users()

    def _close_users(self) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None

    # --- the work connection

    def serve(self, work: Stream, start: StartWorkConn) -> Callable[[], None] | None:
        """Use `work` from now on."""
        users = self._users
        if users is None:
            work.close()
            return None
        self.log.info("incoming a new work connection for udp proxy, %s", join(work.remote_addr))
        self._close_packets()
        self._packets = PacketStream(
            self.unwrap(work), self.context.framing, on_packet=self._on_packet, on_end=self._on_end
        )
        self._pinger = get_hub().loop.timer(PING_INTERVAL, PING_INTERVAL)
        self._pinger.start(self._packets.ping)
        self._packets.start()
        return None

    def _close_packets(self) -> None:
        if self._pinger is not None:
            self._pinger.stop()
            self._pinger.close()
            self._pinger = None
        packets, self._packets = self._packets, None
        if packets is not None:
            packets.close()

    def _on_end(self) -> None:
        self.log.info("work connection of the udp proxy closed")
        self._close_packets()

    def _on_packet(self, content: bytes, ip: str, port: int) -> None:
        self.tally.received.value += len(content)
        if self._users is not None:
            self._users.send(content, ip, port)

    def _reply(self, content: bytes, ip: str, port: int) -> None:
        self.tally.sent.value += len(content)
        if self._packets is not None:
            self._packets.send(content, ip, port)


class UserSockets:
    """One connected local socket per user, so that the service can tell them apart. Nothing here yields."""

    def __init__(
        self, service: Address, packet_size: int, proxy_protocol: str, reply: Reply, log: PrefixedLogger
    ) -> None:
        self._service = service
        self._packet_size = packet_size  # bytes; longer replies are cut
        self._proxy_protocol = proxy_protocol  # version; "": no header
        self._reply = reply
        self._log = log
        self._users: OrderedDict[Address, _User] = OrderedDict()  # least recently active first
        self._timer: Any = None  # runs while there are users
        self._is_failing = False  # logged once, until a socket can be made again

    def send(self, content: bytes, ip: str, port: int) -> None:
        """Send to the service what the user at `ip` and `port` sent; dropped where there is no socket for it."""
        address = (ip, port)
        user = self._users.get(address)
        if user is None:
            user = self._make(address)
            if user is None:
                return
            if self._proxy_protocol:
                content = header(self._proxy_protocol, address, self._service, udp=True) + content
        user.last_seen = time.monotonic()
        self._users.move_to_end(address)
        user.socket.send(content)

    def _make(self, address: Address) -> _User | None:
        if len(self._users) >= MAX_USERS:
            self._users.popitem(last=False)[1].socket.close()
        try:
            user = _User(self, address, self._service, self._packet_size)
        except OSError as error:
            if not self._is_failing:
                self._log.error("connect to local service [%s] error: %s", join(self._service), describe(error))
            self._is_failing = True
            return None
        self._is_failing = False
        self._users[address] = user
        if self._timer is None:
            self._timer = get_hub().loop.timer(SWEEP_INTERVAL, SWEEP_INTERVAL)
            self._timer.start(self._sweep)
        return user

    def on_reply(self, user: _User, content: bytes) -> None:
        user.last_seen = time.monotonic()
        self._users.move_to_end(user.address)
        self._reply(content, *user.address)

    def forget(self, user: _User) -> None:
        """The service refuses; the user's next packet makes a new socket."""
        user.socket.close()
        self._users.pop(user.address, None)

    def _sweep(self) -> None:
        limit = time.monotonic() - IDLE_TIMEOUT
        for user in list(self._users.values()):
            if user.last_seen > limit:
                break
            self.forget(user)
        if not self._users:
            self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def __len__(self) -> int:
        return len(self._users)

    def close(self) -> None:
        self._stop_timer()
        for user in self._users.values():
            user.socket.close()
        self._users.clear()


class _User:
    """A remote user and its local socket."""

    __slots__ = ("_owner", "address", "last_seen", "socket")

    def __init__(self, owner: UserSockets, address: Address, service: Address, packet_size: int) -> None:
        self._owner = owner
        self.address = address
        self.last_seen = 0.0  # monotonic seconds
        self.socket = UdpSocket(
            connect=service, packet_size=packet_size, on_packet=self._on_packet, on_error=self._on_error
        )

    def _on_packet(self, content: bytes, _service: Address) -> None:
        self._owner.on_reply(self, content)

    def _on_error(self, error: OSError) -> None:
        self._owner.forget(self)
