"""What operators do beyond frp's API: watch what moves, close, kick, cut, and turn the server's own knobs."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from flask import Response, request

from frpg import logs
from frpg.errors import ConfigError
from frpg.relay.recent import Recent
from frpg.server.bans import CLOSED
from frpg.server.statistics import DAYS, add_up
from frpg.server.web.api_v1 import totals
from frpg.server.web.api_v2 import find_client, find_proxy, week
from frpg.server.web.board import Board, OpenConnection, key_of
from frpg.server.web.paging import in_order, natural, page_of, search, type_filter
from frpg.server.web.shapes import Json
from frpg.web.answers import ApiError, enveloped, flag, json_body
from frpg.web.sampler import INTERVAL
from frpg.web.site import Site

logger = logging.getLogger(__name__)

MAX_KEEP_OUT = 30 * 24 * 3600.0  # seconds


class Reloaded(Protocol):
    """What reading the file again has done: names of options."""

    @property
    def changed(self) -> Sequence[str]: ...
    @property
    def restart(self) -> Sequence[str]:
        """Changed in the file, but applied by a restart only."""


class Operate:
    """The routes over one board.

    Args:
        reload: reads the configuration file again, strictly or not. Raises ConfigError: nothing has changed.
    """

    def __init__(self, board: Board, reload: Callable[[bool], Reloaded]) -> None:
        self._board = board
        self._reload = reload

    def add_to(self, site: Site) -> None:
        """Serve them."""
        site.route("/api/v2/system/live", self.live)
        site.route("/api/v2/system/loglevel", self.log_level)
        site.route("/api/v2/system/loglevel", self.set_log_level, "PUT")
        site.route("/api/v2/system/reload", self.reload, "POST")
        site.route("/api/v2/connections", self.connections)
        site.route("/api/v2/connections/<name:number>", self.cut, "DELETE")
        site.route("/api/v2/proxies/<name:name>/errors", self.proxy_errors)
        site.route("/api/v2/proxies/<name:name>/close", self.close_proxy, "POST")
        site.route("/api/v2/proxies/<name:name>/open", self.open_proxy, "POST")
        site.route("/api/v2/clients/<name:key>/errors", self.client_errors)
        site.route("/api/v2/clients/<name:key>/traffic", self.client_traffic)
        site.route("/api/v2/clients/<name:key>/kick", self.kick, "POST")
        site.route("/api/v2/clients/<name:key>/admit", self.admit, "POST")

    # --- the server

    def live(self) -> Response:
        board = self._board
        return enveloped(
            {
                "now": board.now,
                "interval": INTERVAL,
                "logLevel": logs.level(),
                "startedAt": int(board.started_at),
                "status": totals(board),
                "process": board.process.read(),
                "waiting": {
                    "strangers": board.strangers,
                    "users": board.waiting_users,
                    "workConnections": board.idle_work_connections,
                },
                "samples": board.sampler.since(_since()),
            }
        )

    def log_level(self) -> Response:
        return enveloped({"level": logs.level()})

    def set_log_level(self) -> Response:
        level = json_body().get("level")
        try:
            logs.set_level(str(level))
        except ValueError as error:
            raise ApiError(400, str(error)) from None
        logger.info("log level [%s], set by the operator", level)
        return self.log_level()

    def reload(self) -> Response:
        try:
            done = self._reload(flag("strictConfig"))
        except ConfigError as error:
            raise ApiError(400, str(error)) from None
        return enveloped({"changed": list(done.changed), "restart": list(done.restart)})

    # --- visitors

    def connections(self) -> Response:
        kind, wanted = type_filter(), search()
        proxy, client = request.args.get("proxy", ""), request.args.get("client", "")
        found = [
            each
            for each in self._board.connections()
            if kind in ("", each.type)
            and (not proxy or (each.record is not None and each.record.name == proxy))
            and (not client or (each.record is not None and key_of(each.record) == client))
            and (not wanted or _mentions(each, wanted))
        ]
        found.sort(key=lambda each: each.since, reverse=True)
        return page_of(in_order(found, _ORDERS), _shape)

    def cut(self, number: str) -> Response:
        for each in self._board.connections():
            if str(each.id) == number:
                each.cut()
                logger.info("connection of [%s] cut by the operator", each.address)
                return enveloped(None)
        raise ApiError(404, f"no connection {number}")

    # --- proxies

    def proxy_errors(self, name: str) -> Response:
        return _errors(find_proxy(self._board, name).recent)

    def close_proxy(self, name: str) -> Response:
        record = find_proxy(self._board, name)
        self._board.bans.close_proxy(record.name)
        owner = self._board.owner(record.name)
        if owner is not None:
            owner.end_proxy(record.name, CLOSED)
        logger.info("proxy [%s] closed by the operator", record.name)
        return enveloped(None)

    def open_proxy(self, name: str) -> Response:
        if not self._board.bans.is_closed(name):  # one that is may have been forgotten since
            find_proxy(self._board, name)
        self._board.bans.open_proxy(name)
        logger.info("proxy [%s] allowed again by the operator", name)
        return enveloped(None)

    # --- clients

    def client_errors(self, key: str) -> Response:
        return _errors(find_client(self._board, key).recent)

    def client_traffic(self, key: str) -> Response:
        records = self._board.proxies_of(find_client(self._board, key))
        days = [add_up((0, 0), each) for each in zip(*(record.days for record in records), strict=True)]
        return week(key, days or [(0, 0)] * DAYS)

    def kick(self, key: str) -> Response:
        client = find_client(self._board, key)
        seconds = _keep_out()
        session = self._board.session(client)
        if session is None and not seconds:
            raise ApiError(409, f"client {key} is offline")
        if seconds:
            self._board.bans.keep_out(client.key, seconds)
        if session is not None:
            session.kick()
        logger.info("client [%s] kicked by the operator, kept out for %g s", client.key, seconds)
        return enveloped(None)

    def admit(self, key: str) -> Response:
        if not self._board.bans.kept_out_until(key):  # one that is may have been forgotten since
            find_client(self._board, key)
        self._board.bans.admit(key)
        logger.info("client [%s] allowed again by the operator", key)
        return enveloped(None)


def _since() -> float:
    text = request.args.get("since", "0")
    try:
        since = float(text)
    except ValueError:
        since = math.nan
    if not math.isfinite(since):
        raise ApiError(400, "since must be a number of seconds")
    return since


def _keep_out() -> float:
    seconds: Any = json_body().get("keepOutSeconds", 0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= MAX_KEEP_OUT:
        raise ApiError(400, f"keepOutSeconds must be a number from 0 to {MAX_KEEP_OUT:g}")
    return float(seconds)


def _errors(recent: Recent) -> Response:
    return enveloped({"items": [{"at": int(at), "text": text} for at, text in recent.youngest_first()]})


def _owner(connection: OpenConnection) -> str:
    return key_of(connection.record) if connection.record is not None else ""


_ORDERS: Mapping[str, Callable[[OpenConnection], Any]] = {
    "visitor": lambda each: natural(each.address),
    "proxy": lambda each: natural(each.record.name if each.record is not None else ""),
    "type": lambda each: each.type,
    "client": lambda each: natural(_owner(each)),
    "age": lambda each: -each.since,
    "in": lambda each: each.moved[0] if each.moved is not None else -1,
    "out": lambda each: each.moved[1] if each.moved is not None else -1,
}


def _mentions(connection: OpenConnection, wanted: str) -> bool:
    record = connection.record
    texts = [connection.address, connection.type]
    if record is not None:
        texts += [record.name, record.user, record.client_id]
    return any(wanted in text.lower() for text in texts)


def _shape(connection: OpenConnection) -> Json:
    record, moved = connection.record, connection.moved
    return {
        "id": connection.id,
        "proxy": record.name if record is not None else "",
        "type": connection.type,
        "user": record.user if record is not None else "",
        "clientID": record.client_id if record is not None else "",
        "clientKey": _owner(connection),
        "remoteAddr": connection.address,
        "startedAt": int(connection.since),
        "trafficIn": moved[0] if moved is not None else None,
        "trafficOut": moved[1] if moved is not None else None,
    }
