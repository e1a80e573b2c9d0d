"""Users in a file: who may log in, and which ports each may open.

    [[pythonPlugins]]
    plugin = "users_file:UsersFile"
    options.file = "/etc/frp/users.toml"

The file, which is read again when it has changed:

    [alice]
    token_sha256 = "…"        # printf %s TOKEN | sha256sum
    ports = [[6000, 6099]]    # of tcp and udp proxies; without this line: all that frps allows

Clients write `user = "alice"` and `metadatas.token = "TOKEN"`.
"""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Any

from frpg.server.plugins import LoginContent, NewProxyContent, Reject, ServerPlugin


class UsersFile(ServerPlugin):
    """Options: `file`."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self._path = Path(options["file"])
        self._read_at = (0, 0)
        self._users: dict[str, dict[str, Any]] = {}
        self._users_now()  # a file that cannot be read shows when frps starts

    def login(self, content: LoginContent) -> None:
        user = self._users_now().get(content.user, {})
        given = hashlib.sha256(content.metas.get("token", "").encode()).hexdigest()
        # The comparison takes the same time for all tokens, and for users that are not there.
        if not hmac.compare_digest(given, str(user.get("token_sha256", ""))):
            raise Reject("unknown user or wrong token")

    def new_proxy(self, content: NewProxyContent) -> None:
        if content.proxy_type not in ("tcp", "udp"):
            return
        ports = self._users_now().get(content.user.user, {}).get("ports")
        if ports is not None and not any(first <= content.remote_port <= last for first, last in ports):
            raise Reject(f"user {content.user.user} may not open port {content.remote_port}")

    def _users_now(self) -> dict[str, dict[str, Any]]:
        status = self._path.stat()
        changed = status.st_mtime_ns, status.st_size
        if changed != self._read_at:
            self._users = tomllib.loads(self._path.read_text())
            self._read_at = changed
        return self._users
