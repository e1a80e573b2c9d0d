"""A plugin in its place: users on real sockets on one side, what it serves them from on the other."""

from __future__ import annotations

import _socket
import logging
import socket
import ssl

import gevent

from frpg.client.plugins import make_plugin
from frpg.client.plugins.base import PluginContext, Rest
from frpg.client.tally import Tally
from frpg.client.users import Joined, Users
from frpg.config.plugins import ClientPlugin
from frpg.errors import FrpgError
from frpg.logs import prefixed
from frpg.net.address import Resolver
from frpg.net.stream import Address
from frpg.net.tcp import TcpStream
from frpg.proto.messages import StartWorkConn
from tests.support.fake_frps import eventually
from tests.support.web import Visitor

USER = ("192.0.2.7", 4711)
SERVER = ("192.0.2.1", 80)
TIMEOUT = 10.0  # seconds of one blocking call of a user

logger = logging.getLogger("frpg.client.proxies.base")


def connected() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname(), timeout=TIMEOUT)
        return near, listener.accept()[0]


class Plugged:
    """Owns the plugin and its users. `close` checks that nothing is left of them."""

    def __init__(
        self,
        config: ClientPlugin,
        *,
        proxy_protocol: str = "",
        half_close: bool = True,
        resolver: Resolver | None = None,
    ) -> None:
        self.tally = Tally()
        self.joined: Joined = set()
        users = Users(self.tally, self.joined, half_close=half_close)
        log = prefixed(logger, "run", "web")
        context = PluginContext(log=log, users=users, resolver=resolver, proxy_protocol=proxy_protocol)
        self.plugin = make_plugin(config, context)
        self._users: list[socket.socket] = []
        self.greenlets: list[gevent.Greenlet] = []

    def user(self, address: Address = USER) -> socket.socket:
        """A user's end of a connection that the plugin serves; closed with the bench."""
        near, far = connected()
        self._users.append(near)
        stream = TcpStream(_socket.socket(fileno=far.detach()), ("198.51.100.1", 7000))
        start = StartWorkConn(
            proxy_name="web", src_addr=address[0], src_port=address[1], dst_addr=SERVER[0], dst_port=SERVER[1]
        )
        rest = self.plugin.handle(stream, start)
        if rest is not None:
            self.greenlets.append(gevent.spawn(self._finish, stream, rest))
        return near

    def _finish(self, user: TcpStream, rest: Rest) -> None:
        """As the proxy does it."""
        try:
            rest()
        except (OSError, FrpgError):
            user.close()
        except BaseException:
            user.close()
            raise

    def tls_user(self, name: str | None = "a.test", *protocols: str) -> ssl.SSLSocket:
        """A user that has shaken hands, asking for the server `name`."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(list(protocols))
        secure = context.wrap_socket(self.user(), server_hostname=name, suppress_ragged_eofs=True)
        self._users.append(secure)
        return secure

    def visitor(self) -> Visitor:
        """A user that speaks HTTP/1."""
        return Visitor(self.user())

    def tls_visitor(self, name: str | None = "a.test", *protocols: str) -> Visitor:
        """The same under TLS."""
        return Visitor(self.tls_user(name, *protocols))

    def close(self) -> None:
        self.plugin.close()
        for user in self._users:
            user.close()
        gevent.joinall(self.greenlets, timeout=TIMEOUT, raise_error=True)
        assert eventually(lambda: not self.joined), self.joined
        assert self.tally.connections == 0
