"""tcp: a port of the server, relayed to a local TCP service."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from frpg.client.proxies.base import Proxy
from frpg.config.proxies import TcpProxyConfig
from frpg.net.address import join
from frpg.net.dial import dial
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.proto.messages import NewProxy, StartWorkConn
from frpg.proto.proxy_protocol import header
from frpg.relay.relay import relay

LOCAL_DIAL_TIMEOUT = 10.0  # seconds


class TcpProxy(Proxy):
    """Every work connection carries one user connection."""

    config: TcpProxyConfig

    def announcement(self) -> NewProxy:
        """See Proxy."""
        return replace(super().announcement(), remote_port=self.config.remote_port)

    def serve(self, work: Stream, start: StartWorkConn) -> None:
        """Dial the local service, then leave both streams to the relay."""
        config = self.config
        try:
            local = dial(config.local_ip, config.local_port, timeout=LOCAL_DIAL_TIMEOUT, resolver=self.context.resolver)
        except OSError as error:
            address = join((config.local_ip, config.local_port))
            self.log.error("connect to local service [%s] error: %s", address, describe(error))
            work.close()
            return
        if config.transport.proxy_protocol_version:
            self._introduce(local, start)
        pair = (self.unwrap(work), local)
        joined = self.context.joined
        joined.add(pair)
        relay(*pair, counters=(self.received, self.sent), done=partial(joined.discard, pair))

    def _introduce(self, local: Stream, start: StartWorkConn) -> None:
        """Tell the local service who the user is, if the server told us."""
        if start.src_addr and start.src_port:
            source, destination = (start.src_addr, start.src_port), (start.dst_addr, start.dst_port)
            local.write([header(self.config.transport.proxy_protocol_version, source, destination)])
