"""One frpc service from its configuration to its end."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from frpg import logs
from frpg.cli import process
from frpg.cli.output import say
from frpg.errors import FrpgError

if TYPE_CHECKING:
    from frpg.client.service import Client
    from frpg.config.client import ClientConfig

# Peers behind UDP learn of our end only from what we still send.
_GRACE = {"kcp": 0.5, "quic": 0.5}  # seconds


def run_client(config: ClientConfig, path: str, allow_unsafe: Collection[str] = ()) -> int:
    """Run one service until a signal or its own end; returns the exit code. `path` is "" when flags made `config`."""
    process.adopt()
    try:
        client = make_client(config, path, allow_unsafe)
        process.on_stop(lambda: close_client(client))
        process.settle()
        client.run()
    except (OSError, FrpgError) as error:
        say(str(error))
        return 1
    return 0


def make_client(config: ClientConfig, path: str, allow_unsafe: Collection[str] = ()) -> Client:
    """Set up the log, then the service; it does not run yet. Raises FrpgError."""
    logs.setup(config.log)
    from frpg.client.service import Client

    return Client(config, config_path=path or None, allow_unsafe=allow_unsafe)


def close_client(client: Client) -> None:
    client.close(_GRACE.get(client.config.transport.protocol, 0.0))
