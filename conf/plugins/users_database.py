"""Users in a database, and addresses that may not connect to anything.

    [[pythonPlugins]]
    plugin = "users_database:UsersDatabase"
    options.database = "/var/lib/frp/users.db"

The tables are made if they are not there:

    INSERT INTO users (name, token_sha256) VALUES ('alice', '…');    -- printf %s TOKEN | sha256sum
    INSERT INTO blocked (ip) VALUES ('203.0.113.7');

Clients write `user = "alice"` and `metadatas.token = "TOKEN"`.

SQLite answers from the page cache in microseconds. A database on another machine has to be asked through a driver in
pure Python (PyMySQL, pg8000), whose sockets let frps go on meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from typing import Any

from frpg.server.plugins import LoginContent, NewUserConnContent, Reject, ServerPlugin

_TABLES = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, token_sha256 TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS blocked (ip TEXT PRIMARY KEY);
"""


class UsersDatabase(ServerPlugin):
    """Options: `database`, a file."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        # A database that somebody else has locked must not hold up all of frps.
        self._database = sqlite3.connect(options["database"], timeout=0.1, isolation_level=None)
        self._database.executescript(_TABLES)

    def login(self, content: LoginContent) -> None:
        query = "SELECT token_sha256 FROM users WHERE name = ? AND active"
        row = self._database.execute(query, (content.user,)).fetchone()
        given = hashlib.sha256(content.metas.get("token", "").encode()).hexdigest()
        if not hmac.compare_digest(given, row[0] if row else ""):
            raise Reject("unknown user or wrong token")

    def new_user_conn(self, content: NewUserConnContent) -> None:
        ip = content.remote_addr.rpartition(":")[0]
        if self._database.execute("SELECT 1 FROM blocked WHERE ip = ?", (ip,)).fetchone():
            raise Reject(f"{ip} is blocked")

    def close(self) -> None:
        self._database.close()
