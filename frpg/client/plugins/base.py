"""What every plugin is: it answers the users of one proxy in place of a local port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from frpg.client.users import Users, introduce, user_address
from frpg.logs import PrefixedLogger
from frpg.net.address import Resolver
from frpg.net.stream import Stream
from frpg.proto.messages import StartWorkConn

Rest = Callable[[], None]  # what is left to do for a user and has to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginContext:
    """What a proxy lends its plugin."""

    log: PrefixedLogger  # with the run id and the name of the proxy
    users: Users  # counts those that are served
    resolver: Resolver | None = None  # for names, in place of the system's
    proxy_protocol: str = ""  # version; "": nobody is told who the user is


class Plugin:
    """Made when the server has agreed to the proxy; a constructor that raises OSError or FrpgError is a start error.

    A subclass per type takes its options as the first argument.
    """

    def __init__(self, context: PluginContext) -> None:
        self.context = context
        self.log = context.log

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """Own `user`, the stream of a user's plain bytes. Called from the hub: must not yield.

        Returns what has to wait, for a greenlet that may be killed; None when all is done. When that raises, or is
        never called, the caller closes `user`; what the operator should know of an OSError or FrpgError is logged here.
        """
        raise NotImplementedError

    def close(self) -> None:
        """The proxy ends, or starts again with another plugin: give back what the constructor took.

        Users are served to the end of what is under way. Called once, does not yield.
        """

    # --- for subclasses

    def join(self, user: Stream, local: Stream) -> None:
        """Own both streams: the plain relay, counted. Does not yield."""
        self.context.users.join(user, local)

    def watch(self, user: Stream, start: StartWorkConn) -> Stream:
        """For users that the plugin answers itself: the stream to use, which owns `user` and must be closed.

        It is counted, and has the user's address.
        """
        return self.context.users.watch(user, user_address(start))

    def tunnel(self, watched: Stream, local: Stream, done: Callable[[], None] | None = None) -> None:
        """As `join`, for a stream that `watch` gave, or one over it. `done` is called once, at the end."""
        self.context.users.tunnel(watched, local, done)

    def introduce(self, local: Stream, start: StartWorkConn) -> None:
        """Send the PROXY header that the proxy's options ask for, if the server told us who the user is."""
        introduce(local, start, self.context.proxy_protocol)
