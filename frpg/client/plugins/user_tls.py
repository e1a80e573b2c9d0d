"""TLS with the users of a plugin, which is the server."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from frpg.errors import FrpgError
from frpg.net.failure import describe
from frpg.net.tls import server_context

HANDSHAKE_TIMEOUT = 10.0  # seconds


def user_context(crt_path: str, key_path: str, protocols: Sequence[str] = (), *, prefix: str = "") -> ssl.SSLContext:
    """With these files, or a self-signed certificate of its own where either is missing.

    `protocols` are offered (ALPN); `prefix` stands in front of what is wrong. Raises FrpgError.
    """
    try:
        context = server_context(crt_path, key_path)
    except (OSError, FrpgError) as error:
        raise FrpgError(reason=f"{prefix}{describe(error)}") from error
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
