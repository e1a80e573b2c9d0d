"""A socket that the datagrams of SOCKS clients reach, and which association each of them belongs to."""

from __future__ import annotations

import time
from typing import Protocol

from frpg.client.plugins.socks5_flows import Flows
from frpg.net.stream import NO_ADDRESS, Address
from frpg.net.udp import UdpSocket
from frpg.proto.addresses import parse_ip

MAX_DATAGRAM = 65535  # bytes
SILENT_SECONDS = 30.0  # after which a client may go on from another port


class Member(Protocol):
    """What the socket knows of an association."""

    hosts: frozenset[str]  # where its client may send from
    client: Address  # as learned from its first datagram; NO_ADDRESS before
    source: Address  # where that came from: the same, or a port of the udp proxy before us
    seen: float  # monotonic seconds

    def take(self, data: bytes) -> None:
        """A datagram of its client."""


class UdpRelay:
    """Nothing here yields. The constructor raises OSError.

    Args:
        is_shared: for many associations, behind a udp proxy, whose PROXY headers tell the clients apart.
    """

    def __init__(self, bind: Address, *, is_shared: bool) -> None:
        self._flows = Flows() if is_shared else None
        self._host = bind[0]
        self._members: list[Member] = []  # the oldest first
        self._by_client: dict[Address, Member] = {}
        self._socket = UdpSocket(bind=bind, packet_size=MAX_DATAGRAM, on_packet=self._on_packet)

    @property
    def address(self) -> Address:
        return self._socket.address

    def add(self, member: Member) -> None:
        """Take its client's datagrams."""
        self._members.append(member)

    def discard(self, member: Member) -> None:
        """Take no more; that of a single association is closed."""
        self._members.remove(member)
        self._by_client.pop(member.client, None)
        if self._flows is None:
            self.close()

    def send(self, data: bytes, member: Member) -> None:
        """To the member's client."""
        if self._flows is not None:
            self._flows.touch(member.source)
        self._socket.send(data, member.source)

    def close(self) -> None:
        """Idempotent."""
        self._socket.close()

    # --- datagrams of clients

    def _on_packet(self, data: bytes, source: Address) -> None:
        client = source
        if self._flows is not None and self._is_here(source[0]):
            flow = self._flows.read(data, source)
            if flow is None:
                return
            client, data = flow
        member = self._by_client.get(client) or self._learn(client)
        if member is not None:
            member.source = source
            member.take(data)

    def _is_here(self, host: str) -> bool:
        """Whether only a program of this machine can have sent it."""
        return host == self._host or parse_ip(host.partition("%")[0]).is_loopback

    def _learn(self, client: Address) -> Member | None:
        """Whose client that may be, of all associations with its host: the first that has none, or the silent one's."""
        members = [member for member in self._members if client[0] in member.hosts]
        member = next((member for member in members if member.client == NO_ADDRESS), None)
        if member is None:
            member = min(members, key=lambda member: member.seen, default=None)
            if member is None or time.monotonic() - member.seen <= SILENT_SECONDS:
                return None
            del self._by_client[member.client]
        member.client = client
        self._by_client[client] = member
        return member
