"""UDP ASSOCIATE: who may send datagrams through us, where they arrive, and how long."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from gevent import get_hub

from frpg.client.plugins.base import PluginContext
from frpg.client.plugins.socks5_association import Association
from frpg.client.plugins.socks5_names import Names
from frpg.client.plugins.socks5_relay import UdpRelay
from frpg.client.users import user_address
from frpg.config.plugins import Socks5Plugin
from frpg.net.address import WILDCARDS
from frpg.net.stream import Address, Stream
from frpg.proto.addresses import ip_text
from frpg.proto.messages import StartWorkConn
from frpg.proto.socks5 import Reply, Request, write_reply

MAX_ASSOCIATIONS = 256
IDLE_SECONDS = 600.0  # without a datagram either way
_SWEEP_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"


class Associations:
    """Those of one plugin. With `udpPort` all share one socket, otherwise each has its own. Nothing here yields.

    The constructor raises OSError: that one socket cannot be had.
    """

    def __init__(self, config: Socks5Plugin, context: PluginContext) -> None:
        self._host = config.udp_bind_addr or _LOOPBACK
        self._advertised = _parse(config.udp_advertise)
        self._is_for_all = bool(config.udp_bind_addr or config.udp_port)
        self._names = Names(context.resolver)
        self._all: set[Association] = set()
        self._timer: Any = None  # runs while there are some
        self._shared = UdpRelay((self._host, config.udp_port), is_shared=True) if config.udp_port else None

    def __len__(self) -> int:
        return len(self._all)

    def is_for(self, start: StartWorkConn) -> bool:
        """Whether this user's datagrams can find us: without options only those of this machine do."""
        return self._is_for_all or _is_loopback(user_address(start)[0])

    def add(self, user: Stream, start: StartWorkConn, request: Request) -> None:
        """Own `user`: the association lasts as long as it. Raises OSError, and does not own it then."""
        if len(self._all) >= MAX_ASSOCIATIONS:
            raise OSError("too many associations")
        relay = self._shared or UdpRelay((self._host, 0), is_shared=False)
        association = Association(user, relay, self._names, self._hosts(start, request), on_close=self._forget)
        self._all.add(association)
        if self._timer is None:
            self._timer = get_hub().loop.timer(_SWEEP_SECONDS, _SWEEP_SECONDS)
            self._timer.start(self._sweep)
        user.write([write_reply(Reply.SUCCEEDED, self._told(relay.address))])
        user.attach(association)

    def _hosts(self, start: StartWorkConn, request: Request) -> frozenset[str]:
        """Where the client may send from: where it is, where it says that it will, and this machine."""
        hosts = {_ip(user_address(start)[0]), _ip(request.host)}
        if self._shared is None and _is_loopback(self._host):
            hosts.add(_ip(self._host))
        return frozenset(hosts - {"", "0.0.0.0", "::"})

    def _told(self, bound: Address) -> Address:
        """Where the client is told to send to; by 0.0.0.0 it understands: to where you found me."""
        host, port = self._advertised or bound
        return "0.0.0.0" if host in WILDCARDS else host, port

    def _sweep(self) -> None:
        limit = time.monotonic() - IDLE_SECONDS
        for association in list(self._all):
            if association.seen < limit or association.user.is_closed:  # by somebody else, who ends all at once
                association.close()

    def _forget(self, association: Association) -> None:
        self._all.discard(association)
        if not self._all and self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def close(self) -> None:
        """End all associations."""
        for association in list(self._all):
            association.close()
        self._names.close()
        if self._shared is not None:
            self._shared.close()


def _parse(text: str) -> Address | None:
    """`host:port`, which is checked where the option is read."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def _ip(text: str) -> str:
    """In the one form that sources of datagrams have; "" for what is no address."""
    try:
        return ip_text(text)
    except ValueError:
        return ""


def _is_loopback(text: str) -> bool:
    ip = _ip(text)
    return bool(ip) and ipaddress.ip_address(ip).is_loopback
