"""One association: a client's datagrams to the targets that they name, and the answers of those."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from frpg.client.plugins.socks5_names import Names
from frpg.client.plugins.socks5_relay import MAX_DATAGRAM, UdpRelay
from frpg.errors import ProtocolError
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.net.udp import UdpSocket
from frpg.proto.addresses import ip_text
from frpg.proto.socks5 import read_datagram, write_datagram
from frpg.proto.stage import Buffer

MAX_TARGETS = 256  # whose answers are taken; the one that was asked longest ago makes room


class Association:
    """Owns `user`, is its sink, and lasts as long as it does. Nothing here yields.

    Args:
        hosts: addresses that the client may send from.
        on_close: called once.
    """

    def __init__(
        self,
        user: Stream,
        relay: UdpRelay,
        names: Names,
        hosts: frozenset[str],
        on_close: Callable[[Association], None],
    ) -> None:
        self.user = user
        self.hosts = hosts
        self.client = self.source = NO_ADDRESS  # see Member
        self.seen = time.monotonic()
        self.is_closed = False
        self._relay = relay
        self._names = names
        self._on_close = on_close
        self._targets: OrderedDict[Address, None] = OrderedDict()
        self._socket: UdpSocket | None = None  # towards all targets
        relay.add(self)

    def close(self) -> None:
        """Idempotent."""
        if self.is_closed:
            return
        self.is_closed = True
        self._relay.discard(self)
        if self._socket is not None:
            self._socket.close()
        self.user.close()
        self._on_close(self)

    # --- datagrams

    def take(self, data: bytes) -> None:
        """See Member."""
        self.seen = time.monotonic()
        try:
            (host, port), content = read_datagram(data)
        except ProtocolError:  # a fragment, or nonsense
            return
        if port:
            self._names.find(host, partial(self._send, port, content))

    def _send(self, port: int, content: bytes, ip: str) -> None:
        if self.is_closed:
            return
        try:
            socket, target = self._to_targets(), (ip_text(ip), port)
        except (OSError, ValueError):  # no descriptor is left, or an address with a zone: lost, as datagrams may be
            return
        self._targets[target] = None
        self._targets.move_to_end(target)
        if len(self._targets) > MAX_TARGETS:
            self._targets.popitem(last=False)
        socket.send(content, target)

    def _to_targets(self) -> UdpSocket:
        if self._socket is None:
            self._socket = UdpSocket(bind=("", 0), packet_size=MAX_DATAGRAM, on_packet=self._on_answer)
        return self._socket

    def _on_answer(self, content: bytes, target: Address) -> None:
        if target in self._targets and self.source != NO_ADDRESS:
            self.seen = time.monotonic()
            self._relay.send(write_datagram(target, content), self)

    # --- the sink of `user`: nothing comes but the end

    def on_data(self, views: list[Buffer], size: int) -> None:
        pass

    def on_drain(self) -> None:
        pass

    def on_end(self) -> None:
        self.close()

    def on_error(self, error: OSError) -> None:
        self.close()
