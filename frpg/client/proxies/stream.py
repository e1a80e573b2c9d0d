"""What tcp, http, https and tcpmux have in common: a work connection carries a user to a local service or a plugin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gevent import GreenletExit

from frpg.client.plugins import make_plugin
from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.client.users import Users, introduce
from frpg.config.plugins import ClientPlugin
from frpg.config.proxies import ProxyConfig
from frpg.errors import FrpgError
from frpg.net.address import join, numeric
from frpg.net.dial import Dialling, dial
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.proto.messages import StartWorkConn

if TYPE_CHECKING:
    from frpg.client.plugins.base import Plugin

LOCAL_DIAL_TIMEOUT = 10.0  # seconds


class StreamProxy(Proxy):
    """Dials and joins; what the bytes mean is between the server, the user and the service."""

    def __init__(self, config: ProxyConfig, context: ProxyContext) -> None:
        super().__init__(config, context)
        self._endpoint = numeric(config.local_ip, config.local_port)  # None: a name, looked up for each connection
        self._users = Users(self.tally, context.joined, half_close=context.half_close)
        self._plugin: Plugin | None = None

    # --- the plugin

    def start_local(self) -> None:
        """Make the plugin, where one is configured, in place of that of the last start."""
        if self.config.plugin is not None:
            plugin = self._make_plugin(self.config.plugin)
            self.stop_local()
            self._plugin = plugin

    def _make_plugin(self, config: ClientPlugin) -> Plugin:
        from frpg.client.plugins.base import PluginContext  # many clients have no plugin

        version = self.config.transport.proxy_protocol_version
        context = PluginContext(log=self.log, users=self._users, resolver=self.context.resolver, proxy_protocol=version)
        return make_plugin(config, context)

    def stop_local(self) -> None:
        """See Proxy."""
        plugin, self._plugin = self._plugin, None
        if plugin is not None:
            plugin.close()

    def _hand_over(self, work: Stream, start: StartWorkConn, config: ClientPlugin) -> Callable[[], None] | None:
        user = self.unwrap(work)
        try:
            if self._plugin is None:  # the start has overtaken the answer to NewProxy
                self._plugin = self._make_plugin(config)
            rest = self._plugin.handle(user, start)
        except (OSError, FrpgError) as error:
            self.log.warning("plugin [%s]: %s", config.type, describe(error))
            user.close()
            return None
        return None if rest is None else partial(self._finish, user, rest)

    def _finish(self, user: Stream, rest: Callable[[], None]) -> None:
        """In a greenlet: what the plugin has left to do for `user`."""
        try:
            if not self.is_serving:  # closed before this greenlet began: nobody would kill it
                raise GreenletExit
            rest()
        except (OSError, FrpgError) as error:
            self.log.debug("a user of the plugin was not served: %s", describe(error))
            user.close()
        except BaseException:  # killed
            user.close()
            raise

    # --- the local service

    def serve(self, work: Stream, start: StartWorkConn) -> Callable[[], None] | None:
        """Dial the local service, then leave both streams to the relay; at once where it is on this machine."""
        if self.config.plugin is not None:
            return self._hand_over(work, start, self.config.plugin)
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
            introduce(local, start, self.config.transport.proxy_protocol_version)
        self._users.join(self.unwrap(work), local)
