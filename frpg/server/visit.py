"""One user connection that is relayed as it is: from its listener to a service of its route."""

from __future__ import annotations

import logging

from frpg.errors import FrpgError, reason
from frpg.logs import PrefixedLogger
from frpg.net.address import join
from frpg.net.stream import Address, Stream
from frpg.net.tcp import TcpStream
from frpg.relay.relay import relay
from frpg.relay.target import Service, Target
from frpg.server.context import Context
from frpg.server.hooks import Refused
from frpg.server.registry import Entry
from frpg.server.upstream import Upstream


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
    except Refused as error:
        users.discard(user)
        user.close()
        log.warning("the user conn [%s] was rejected, err:%s", join(user.remote_addr), error.reason)
        context.refusals.add("user", user.remote_addr, f"rejected: {error.reason}")
        return
    except (FrpgError, OSError) as error:
        users.discard(user)
        user.close()
        log.warning("failed to get work connection: %s", reason(error))
        context.refusals.add("user", user.remote_addr, f"failed to get work connection: {reason(error)}")
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
    joined = users.join(user, service)

    def done() -> None:
        service.connections -= 1
        users.discard(user)

    counters = service.traffic_in, service.traffic_out
    joined.relay = relay(user, work, counters=counters, done=done, ends_all=(False, not service.half_close))


def open_first(target: Target, source: Address, destination: Address) -> tuple[Service, Stream]:
    """The first service of `target` that gives a stream, and that stream. Raises FrpgError, OSError.

    A plugin's refusal is for the user, whichever service it came to first.
    """
    failure: Exception = FrpgError(reason="the group has no members")
    for service in target.candidates():
        try:
            return service, service.open(source, destination)
        except Refused:
            raise
        except (FrpgError, OSError) as error:
            target.failed(service)
            service.recent.add(f"user {join(source)}: {reason(error)}")
            failure = error
    raise failure
