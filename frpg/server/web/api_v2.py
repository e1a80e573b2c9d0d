"""frp's API v2: enveloped JSON with pages and filters. Source: server spec 7.3."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, request

from frpg import FRP_VERSION
from frpg.server.clients import ClientRecord
from frpg.server.statistics import Bytes, Record
from frpg.server.web.api_v1 import forget_offline, totals
from frpg.server.web.board import Board, key_of
from frpg.server.web.paging import in_order, is_real, natural, page_of, search, status_filter, type_filter
from frpg.server.web.shapes import Json, client_v1, proxy_v2, server_config
from frpg.web.answers import ApiError, enveloped
from frpg.web.site import Site


class ApiV2:
    """The routes over one board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def add_to(self, site: Site) -> None:
        """Serve them."""
        site.route("/api/v2/system/info", self.info)
        site.route("/api/v2/system/prune", self.prune, "POST")
        site.route("/api/v2/users", self.users)
        site.route("/api/v2/clients", self.clients)
        site.route("/api/v2/clients/<name:key>", self.client)
        site.route("/api/v2/proxies", self.proxies)
        site.route("/api/v2/proxies/<name:name>", self.proxy)
        site.route("/api/v2/proxies/<name:name>/traffic", self.traffic)

    # --- the server

    def info(self) -> Response:
        config, status = server_config(self._board.context.config), totals(self._board)
        return enveloped({"version": FRP_VERSION, "config": config, "status": status})

    def prune(self) -> Response:
        what = request.args.get("type", "").lower()
        if not what:
            raise ApiError(400, "type is required")
        if what != "offline_proxies":
            raise ApiError(400, "type must be one of offline_proxies")
        cleared, total = forget_offline(self._board)
        return enveloped({"type": what, "cleared": cleared, "total": total})

    def users(self) -> Response:
        clients = Counter(client.user for client in self._board.context.clients.records())
        proxies = Counter(record.user for record in self._board.proxies())
        wanted = search()
        found = sorted(user for user in {*clients, *proxies} if wanted in user.lower())
        return page_of(found, lambda user: {"user": user, "clientCount": clients[user], "proxyCount": proxies[user]})

    # --- clients

    def clients(self) -> Response:
        online, user, wanted = status_filter(), request.args.get("user"), search()
        client_id, run_id = request.args.get("clientID", ""), request.args.get("runID", "")
        found = [
            client
            for client in self._board.clients_sorted()
            if (online is None or client.is_online == online)
            and (user is None or client.user == user)
            and client_id in ("", client.shown_id)
            and run_id in ("", client.run_id)
            and (not wanted or _mentions(client, wanted))
        ]
        return page_of(in_order(found, _CLIENT_ORDERS), self._shape_client)

    def client(self, key: str) -> Response:
        client = find_client(self._board, key)
        records = self._board.proxies_of(client)
        status = {
            "phase": "online" if client.is_online else "offline",
            "curConns": sum(record.connections for record in records),
            "proxyCount": len(records),
        }
        return enveloped({**self._shape_client(client), "status": status})

    def _shape_client(self, client: ClientRecord) -> Json:
        return client_v1(client, self._board.bans.kept_out_until(client.key))

    # --- proxies

    def proxies(self) -> Response:
        online, kind, wanted = status_filter(), type_filter(), search()
        user, client_id = request.args.get("user"), request.args.get("clientID", "")
        found = [
            record
            for record in self._board.proxies()
            if kind in ("", record.type)
            and (online is None or self._board.is_online(record) == online)
            and (user is None or record.user == user)
            and client_id in ("", record.client_id)
            and (not wanted or self._fits(record, wanted))
        ]
        found.sort(key=lambda record: (record.type, record.name))
        return page_of(in_order(found, self._orders), self._shape)

    @property
    def _orders(self) -> Mapping[str, Callable[[Record], Any]]:
        return {
            "name": lambda record: natural(record.name),
            "type": lambda record: record.type,
            "address": lambda record: natural(_address(record)),
            "client": lambda record: natural(key_of(record)),
            "conns": lambda record: record.connections,
            "in": lambda record: record.today[0],
            "out": lambda record: record.today[1],
            "status": lambda record: not self._board.is_online(record),
        }

    def proxy(self, name: str) -> Response:
        return enveloped(self._shape(find_proxy(self._board, name)))

    def _fits(self, record: Record, wanted: str) -> bool:
        phase = "online" if self._board.is_online(record) else "offline"
        texts = [record.name, record.type, record.user, record.client_id, phase]
        if record.port:
            texts.append(str(record.port))
        texts += [*record.message.custom_domains, record.message.subdomain]
        return any(wanted in text.lower() for text in texts)

    def _shape(self, record: Record) -> Json:
        is_blocked = self._board.bans.is_closed(record.name)
        return proxy_v2(record, is_online=self._board.is_online(record), is_blocked=is_blocked)

    def traffic(self, name: str) -> Response:
        return week(name, find_proxy(self._board, name).days)


_CLIENT_ORDERS: Mapping[str, Callable[[ClientRecord], Any]] = {
    "name": lambda client: natural(client.key),
    "address": lambda client: natural(client.ip),
    "version": lambda client: natural(client.version),
    "since": lambda client: -(client.last_connected if client.is_online else client.disconnected_at),
    "status": lambda client: not client.is_online,
}


def _address(record: Record) -> str:
    message = record.message
    return str(record.port or "") or ",".join([*message.custom_domains, message.subdomain])


def week(name: str, days: Sequence[Bytes]) -> Response:
    """The last seven days of traffic; `days` are those, today first."""
    today = datetime.date.today()
    history = [
        {"date": (today - datetime.timedelta(days=ago)).isoformat(), "trafficIn": came, "trafficOut": went}
        for ago, (came, went) in enumerate(days)
    ]
    return enveloped({"name": name, "unit": "bytes", "granularity": "day", "history": history[::-1]})


def _mentions(client: ClientRecord, wanted: str) -> bool:
    texts = (
        client.key, client.user, client.shown_id, client.run_id, client.version, client.wire_protocol,
        client.hostname, client.ip,
    )  # fmt: skip
    return any(wanted in text.lower() for text in texts)


def find_client(board: Board, key: str) -> ClientRecord:
    """Raises ApiError 404, 400."""
    if not is_real(key):
        raise ApiError(400, "invalid client key")
    client = board.context.clients.get(key)
    if client is None:
        raise ApiError(404, f"client {key} not found")
    return client


def find_proxy(board: Board, name: str) -> Record:
    """Raises ApiError 404, 400."""
    if not is_real(name):
        raise ApiError(400, "invalid proxy name")
    record = board.context.statistics.get(name)
    if record is None:
        raise ApiError(404, "no proxy info found")
    return record
