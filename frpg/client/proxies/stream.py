"""What tcp, http, https and tcpmux have in common: each work connection carries a user to a local TCP service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gevent import GreenletExit

from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.config.proxies import ProxyConfig
from frpg.net.address import join, numeric
from frpg.net.dial import Dialling, dial
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.proto.messages import StartWorkConn
from frpg.proto.proxy_protocol import header
from frpg.relay.relay import relay

LOCAL_DIAL_TIMEOUT = 10.0  # seconds


class StreamProxy(Proxy):
    """Dials and joins; what the bytes mean is between the server, the user and the service."""

    def __init__(self, config: ProxyConfig, context: ProxyContext) -> None:
        super().__init__(config, context)
        self._endpoint = numeric(config.local_ip, config.local_port)  # None: a name, looked up for each connection

    def serve(self, work: Stream, start: StartWorkConn) -> Callable[[], None] | None:
        """Dial the local service, then leave both streams to the relay; at once where it is on this machine."""
        dialling = None
        try:
            if self._endpoint is not None:
                dialling = Dialling(self._endpoint)
                if not dialling.is_under_way:
                    self._join(work, start, dialling.finish(0))
                    return None
        except OSError as error:
            self._give_up(work, error)
            return None
        return partial(self._serve_slowly, work, start, dialling)

    def _serve_slowly(self, work: Stream, start: StartWorkConn, dialling: Dialling | None) -> None:
        """In a greenlet: wait for `dialling`, or first for the address of a name."""
        try:
            if not self.is_serving:  # closed before this greenlet began: nobody would kill it
                raise GreenletExit
            self._join(work, start, self._wait_for_local(dialling))
        except OSError as error:
            self._give_up(work, error)
        except BaseException:  # killed
            work.close()
            if dialling is not None:
                dialling.close()
            raise

    def _wait_for_local(self, dialling: Dialling | None) -> Stream:
        if dialling is not None:
            return dialling.finish(LOCAL_DIAL_TIMEOUT)
        config = self.config
        return dial(config.local_ip, config.local_port, timeout=LOCAL_DIAL_TIMEOUT, resolver=self.context.resolver)

    def _give_up(self, work: Stream, error: OSError) -> None:
        work.close()
        address = join((self.config.local_ip, self.config.local_port))
        self.log.error("connect to local service [%s] error: %s", address, describe(error))

    def _join(self, work: Stream, start: StartWorkConn, local: Stream) -> None:
        if self.config.transport.proxy_protocol_version:
            self._introduce(local, start)
        pair = (self.unwrap(work), local)
        joined = self.context.joined
        joined.add(pair)
        relay(
            *pair,
            counters=(self.received, self.sent),
            done=partial(joined.discard, pair),
            ends_all=(not self.context.half_close, False),
        )

    def _introduce(self, local: Stream, start: StartWorkConn) -> None:
        """Tell the local service who the user is, if the server told us."""
        if start.src_addr and start.src_port:
            source, destination = (start.src_addr, start.src_port), (start.dst_addr, start.dst_port)
            local.write([header(self.config.transport.proxy_protocol_version, source, destination)])
