"""Whose the datagrams are that come from a udp proxy: its PROXY header tells, in the first one of each of its ports."""

from __future__ import annotations

import time
from collections import OrderedDict

from frpg.errors import ProtocolError
from frpg.net.stream import NO_ADDRESS, Address
from frpg.proto.proxy_protocol import parse_header

# Twice the time after which a udp proxy gives a port up: what comes from it later is another user's.
FLOW_SECONDS = 60.0
MAX_FLOWS = 8192


class Flows:
    """The ports of the udp proxy, each with the user who has it at this moment.

    Users can write a header into their own datagrams. So it counts in the first one only, and a port whose second one
    names somebody else is not heard any more until it has been given up.
    """

    def __init__(self) -> None:
        self._flows: OrderedDict[Address, _Flow] = OrderedDict()  # the longest silent first

    def __len__(self) -> int:
        return len(self._flows)

    def read(self, data: bytes, source: Address) -> tuple[Address, bytes] | None:
        """(user, content) of what has come from `source`; itself where it has told nobody. None: not to be heard."""
        self._forget_old()
        flow = self._flows.get(source)
        if data[:1] == b"\0":  # as all that SOCKS clients send
            client, size = (source, 0) if flow is None else (flow.client, 0)
        else:
            client, size = _header(data)
            if flow is None and client != NO_ADDRESS and len(self._flows) < MAX_FLOWS:
                flow = self._flows[source] = _Flow(client)
            elif flow is None:
                return None
            elif flow.client != client:
                client = flow.client = NO_ADDRESS
        self.touch(source)
        return None if client == NO_ADDRESS else (client, data[size:])

    def touch(self, source: Address) -> None:
        """Something is sent to `source`, or has come from it."""
        flow = self._flows.get(source)
        if flow is not None:
            flow.seen = time.monotonic()
            self._flows.move_to_end(source)

    def _forget_old(self) -> None:
        limit = time.monotonic() - FLOW_SECONDS
        while self._flows:
            source, flow = next(iter(self._flows.items()))
            if flow.seen > limit:
                return
            del self._flows[source]


class _Flow:
    __slots__ = ("client", "seen")

    def __init__(self, client: Address) -> None:
        self.client = client  # NO_ADDRESS: somebody plays tricks
        self.seen = time.monotonic()


def _header(data: bytes) -> tuple[Address, int]:
    """(user, size of the header that names it); NO_ADDRESS for what names nobody."""
    try:
        header = parse_header(data, udp=True)
    except ProtocolError:
        header = None
    return (NO_ADDRESS, 0) if header is None else (header[0] or NO_ADDRESS, header[1])
