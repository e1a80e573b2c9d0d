"""socks5: a SOCKS5 server, for connections and, where that can work, for datagrams."""

from __future__ import annotations

import errno
from functools import partial

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.client.plugins.socks5_udp import Associations
from frpg.config.plugins import Socks5Plugin
from frpg.net.dial import dial
from frpg.net.stream import Stream
from frpg.proto.messages import StartWorkConn
from frpg.proto.socks5 import Command, Reply, Request, ServerHandshake, write_reply
from frpg.relay.http.settings import Credentials

HANDSHAKE_SECONDS = 60.0  # from the first byte to the request
DIAL_SECONDS = 30.0

_REPLIES = {errno.ECONNREFUSED: Reply.CONNECTION_REFUSED, errno.ENETUNREACH: Reply.NETWORK_UNREACHABLE}


class Socks5(Plugin):
    """Names are looked up on this machine."""

    def __init__(self, config: Socks5Plugin, context: PluginContext) -> None:
        super().__init__(context)
        is_open = not (config.username or config.password)
        self._admits = None if is_open else Credentials(config.username, config.password).admits
        self.associations = Associations(config, context)

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        return partial(self._serve, user, start)

    def close(self) -> None:
        """See Plugin. Associations end: the socket of their datagrams does."""
        self.associations.close()

    def _serve(self, user: Stream, start: StartWorkConn) -> None:
        user.settimeout(HANDSHAKE_SECONDS)
        with user.deadline(HANDSHAKE_SECONDS):
            request = self._shake(user)
        if request.command == Command.CONNECT:
            self._connect(user, request)
        elif request.command == Command.UDP_ASSOCIATE:
            self._associate(user, start, request)
        else:
            self._refuse(user, request, Reply.COMMAND_NOT_SUPPORTED, f"command {request.command}")

    def _shake(self, user: Stream) -> Request:
        """Raises OSError, ProtocolError, AuthError: the user has been told what there is to tell."""
        handshake = ServerHandshake(self._admits)
        while handshake.request is None:
            data = user.recv()
            if not data:
                raise ConnectionError("the user has left before its request")
            try:
                handshake.receive_data(data)
            finally:
                if answer := handshake.data_to_send():
                    user.sendall(answer)
        user.unread(handshake.rest)
        return handshake.request

    def _refuse(self, user: Stream, request: Request, reply: Reply, why: str) -> None:
        self.log.debug("socks5 request for [%s] port %d refused: %s", request.host, request.port, why)
        user.sendall(write_reply(reply))
        user.close()

    # --- CONNECT

    def _connect(self, user: Stream, request: Request) -> None:
        try:
            target = dial(request.host, request.port, timeout=DIAL_SECONDS, resolver=self.context.resolver)
        except OSError as error:
            self._refuse(user, request, _REPLIES.get(error.errno or 0, Reply.HOST_UNREACHABLE), str(error))
            return
        try:
            user.sendall(write_reply(Reply.SUCCEEDED, target.local_addr))
        except BaseException:
            target.close()
            raise
        self.join(user, target)

    # --- UDP ASSOCIATE

    def _associate(self, user: Stream, start: StartWorkConn, request: Request) -> None:
        if not self.associations.is_for(start):
            self._refuse(user, request, Reply.COMMAND_NOT_SUPPORTED, "UDP is not set up for users elsewhere")
            return
        watched = self.watch(user, start)
        try:
            self.associations.add(watched, start, request)
        except OSError as error:
            self._refuse(watched, request, Reply.GENERAL_FAILURE, str(error))
