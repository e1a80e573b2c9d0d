"""The clients that are or were logged in, by their key."""

from __future__ import annotations

import time
from collections.abc import Callable

from frpg.proto.messages import Login
from frpg.relay.recent import Recent

MAX_OFFLINE = 10_000  # records of clients that have gone


def client_key(user: str, identity: str) -> str:
    """`user.identity`, or `identity` without a user; identity is the client id, or else the run id."""
    return f"{user}.{identity}" if user else identity


class ClientRecord:
    """One client. Times are Unix seconds."""

    def __init__(self, key: str, login: Login, now: float) -> None:
        self.key = key
        self.user = login.user
        self.first_connected = now
        self.disconnected_at = 0.0
        self.recent = Recent()
        self.is_online = False
        self.log_in(login, "", "", "", now)

    def log_in(self, login: Login, run_id: str, ip: str, wire_protocol: str, now: float) -> None:
        """It is there, perhaps again."""
        self.client_id = login.client_id
        self.run_id = run_id
        self.hostname = login.hostname
        self.version = login.version
        self.wire_protocol = wire_protocol
        self.ip = ip
        self.last_connected = now

    @property
    def shown_id(self) -> str:
        """What stands for the client in records of proxies."""
        return self.client_id or self.run_id


class Clients:
    """Owns the records. Source of the rules: server spec 6.4. Nothing yields."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._records: dict[str, ClientRecord] = {}
        self._gone: dict[str, None] = {}  # keys of those that are offline, the longest first
        self._left: ClientRecord | None = None  # the last without an id: a session that replaces its goes on with it
        self.sessions = 0  # logins that have succeeded

    def online(self, login: Login, run_id: str, ip: str, wire_protocol: str) -> ClientRecord:
        """A client has logged in; returns its record."""
        key, now = client_key(login.user, login.client_id or run_id), self._wall()
        self.sessions += 1
        left, self._left = self._left, None
        record = self._records.get(key)
        if record is None:
            record = left if left is not None and left.key == key else ClientRecord(key, login, now)
            self._records[key] = record
        self._gone.pop(key, None)
        record.is_online = True
        record.log_in(login, run_id, ip, wire_protocol, now)
        return record

    def offline(self, record: ClientRecord) -> None:
        """It has gone. One with an id stays in mind."""
        record.is_online, record.run_id, record.disconnected_at = False, "", self._wall()
        if self._records.get(record.key) is not record:
            return
        if not record.client_id:
            del self._records[record.key]
            self._left = record
            return
        self._gone[record.key] = None
        if len(self._gone) > MAX_OFFLINE:
            oldest = next(iter(self._gone))
            del self._gone[oldest], self._records[oldest]

    def __len__(self) -> int:
        """How many are online."""
        return len(self._records) - len(self._gone)

    def get(self, key: str) -> ClientRecord | None:
        """The record with that key."""
        return self._records.get(key)

    def records(self) -> list[ClientRecord]:
        """All, in no particular order."""
        return list(self._records.values())
