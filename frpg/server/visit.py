"""One user connection that is relayed as it is: from its listener to a service of its route."""

from __future__ import annotations

import logging

from frpg.errors import FrpgError
from frpg.logs import PrefixedLogger
from frpg.net.address import join
from frpg.net.stream import Address, Stream
from frpg.net.tcp import TcpStream
from frpg.relay.relay import relay
from frpg.server.context import Context, reason
from frpg.server.registry import Entry
from frpg.server.upstream import Service, Target, Upstream


def serve_user(context: Context, entry: Entry[Upstream] | None, user: TcpStream, log: PrefixedLogger) -> None:
    """Own `user` and join it with a service of `entry`'s route; the relay goes on after this greenlet has ended.

    No `entry`: the route is gone, the user is sent away.
    """
    if log.isEnabledFor(logging.INFO):
        log.info("get a user connection [%s]", join(user.remote_addr))
    users = context.users
    users.add(user)
    try:
        if entry is None or entry.target is None:
            raise FrpgError(reason="the proxy was closed")
        service, work = open_first(entry.target, user.remote_addr, user.local_addr)
    except (FrpgError, OSError) as error:
        users.discard(user)
        user.close()
        log.warning("failed to get work connection: %s", reason(error))
        return
    except BaseException:
        users.discard(user)
        user.close()
        raise
    service.connections += 1
    join_service(context, user, work, service)


def join_service(context: Context, user: TcpStream, work: Stream, service: Service) -> None:
    """Own both streams: relay them until they end. `service` counts the connection already."""
    users = context.users
    users.add(user)

    def done() -> None:
        service.connections -= 1
        users.discard(user)

    counters = service.traffic_in, service.traffic_out
    relay(user, work, counters=counters, done=done, ends_all=(False, not service.half_close))


def open_first(target: Target, source: Address, destination: Address) -> tuple[Service, Stream]:
    """The first service of `target` that gives a stream, and that stream. Raises FrpgError, OSError."""
    failure: Exception = FrpgError(reason="the group has no members")
    for service in target.candidates():
        try:
            return service, service.open(source, destination)
        except (FrpgError, OSError) as error:
            target.failed(service)
            failure = error
    raise failure
