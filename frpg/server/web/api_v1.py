"""frp's API v1: bare JSON. Source: server spec 7.2."""

from __future__ import annotations

import logging

from flask import Response, request

from frpg import FRP_VERSION
from frpg.server.clients import ClientRecord
from frpg.server.statistics import Record
from frpg.server.web.board import Board
from frpg.server.web.shapes import Json, client_v1, proxy_v1, server_config
from frpg.web.answers import ApiError, bare
from frpg.web.site import Site

logger = logging.getLogger(__name__)


class ApiV1:
    """The routes over one board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def add_to(self, site: Site) -> None:
        """Serve them."""
        site.route("/api/serverinfo", self.server_info)
        site.route("/api/proxy/<name:kind>", self.proxies)
        site.route("/api/proxy/<name:kind>/<name:name>", self.proxy_of_type)
        site.route("/api/proxies/<name:name>", self.proxy)
        site.route("/api/proxies", self.forget_offline, "DELETE")
        site.route("/api/traffic/<name:name>", self.traffic)
        site.route("/api/clients", self.clients)
        site.route("/api/clients/<name:key>", self.client)

    def server_info(self) -> Response:
        config = server_config(self._board.context.config)
        if not config["allowPortsStr"]:
            del config["allowPortsStr"]
        if not config["tlsForce"]:
            del config["tlsForce"]
        return bare({"version": FRP_VERSION, **config, **totals(self._board)})

    def proxies(self, kind: str) -> Response:
        found = [record for record in self._board.proxies() if record.type == kind]
        return bare({"proxies": [self._shape(record) for record in sorted(found, key=lambda each: each.name)]})

    def proxy_of_type(self, kind: str, name: str) -> Response:
        record = self._find(name)
        if record.type != kind:
            raise ApiError(404, "no proxy info found")
        return bare(self._shape(record))

    def proxy(self, name: str) -> Response:
        return bare(self._shape(self._find(name)))

    def _shape(self, record: Record) -> Json:
        return proxy_v1(record, is_online=self._board.is_online(record))

    def _find(self, name: str) -> Record:
        record = self._board.context.statistics.get(name)
        if record is None:
            raise ApiError(404, "no proxy info found")
        return record

    def traffic(self, name: str) -> Response:
        days = self._find(name).days
        return bare({"name": name, "trafficIn": [day[0] for day in days], "trafficOut": [day[1] for day in days]})

    def forget_offline(self) -> Response:
        if request.args.get("status") != "offline":
            raise ApiError(400, "status only support offline")
        forget_offline(self._board)
        return bare({"Code": 200, "Msg": "success"})

    def clients(self) -> Response:
        asked = request.args
        status = asked.get("status", "").lower()
        found = [
            client
            for client in self._board.clients_sorted()
            if asked.get("user", "") in ("", client.user)
            and asked.get("clientId", "") in ("", client.shown_id)
            and asked.get("runId", "") in ("", client.run_id)
            and (status not in ("online", "offline") or client.is_online == (status == "online"))
        ]
        return bare([self._shape_client(client) for client in found])

    def client(self, key: str) -> Response:
        client = self._board.context.clients.get(key)
        if client is None:
            raise ApiError(404, f"client {key} not found")
        return bare(self._shape_client(client))

    def _shape_client(self, client: ClientRecord) -> Json:
        return client_v1(client, self._board.bans.kept_out_until(client.key))


def totals(board: Board) -> Json:
    """`status` of system/info, and the second half of serverinfo."""
    statistics = board.context.statistics
    came, went = statistics.today()
    return {
        "totalTrafficIn": came,
        "totalTrafficOut": went,
        "curConns": statistics.connections(),
        "clientCounts": board.clients,
        "proxyTypeCount": board.active,
    }


def forget_offline(board: Board) -> tuple[int, int]:
    """Forget the proxies that have ended; returns how many those were, of how many in all."""
    total = len(board.context.statistics)
    cleared = board.context.statistics.prune()
    logger.info("cleared [%d] offline proxies, total [%d] proxies", cleared, total)
    return cleared, total
