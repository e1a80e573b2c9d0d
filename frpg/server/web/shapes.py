"""Proxies and clients as JSON, in the shapes of frp's API v1 and v2. Names are a contract: tools read them.

Secrets of a proxy (passwords, keys, headers) are in none of them.
"""

from __future__ import annotations

import time
from typing import Any

from frpg.config.server import ServerConfig
from frpg.proto.messages import NewProxy
from frpg.server.clients import ClientRecord
from frpg.server.statistics import Record

Json = dict[str, Any]

_PORTS = ("tcp", "udp")
_DOMAINS = ("http", "https", "tcpmux")
_HIDDEN = "***"


def present(**values: Any) -> Json:
    """Those that are not empty."""
    return {key: value for key, value in values.items() if value}


# --- API v1


def proxy_v1(record: Record, *, is_online: bool) -> Json:
    """P of server spec 7.2."""
    came, went = record.today
    return {
        "name": record.name,
        "conf": _conf_v1(record) if is_online else None,
        **present(user=record.user, clientID=record.client_id),
        "todayTrafficIn": came,
        "todayTrafficOut": went,
        "curConns": record.connections,
        "lastStartTime": _short_time(record.started_at),
        "lastCloseTime": _short_time(record.closed_at),
        "status": "online" if is_online else "offline",
    }


def _conf_v1(record: Record) -> Json:
    message = record.message
    return {
        "name": record.name,
        "type": record.type,
        **present(annotations=message.annotations),
        "transport": {
            **present(useEncryption=message.use_encryption, useCompression=message.use_compression),
            "bandwidthLimit": message.bandwidth_limit,
            "bandwidthLimitMode": message.bandwidth_limit_mode or "client",
        },
        **present(metadatas=message.metas),
        "loadBalancer": {"group": message.group, **present(groupKey=message.group_key and _HIDDEN)},
        "healthCheck": {"type": "", "intervalSeconds": 0},  # this, and what follows, the server never learns
        "localIP": "127.0.0.1",
        "plugin": None,
        **_own_v1(record, message),
    }


def _own_v1(record: Record, message: NewProxy) -> Json:
    if record.type in _PORTS:
        return {"remotePort": record.port}
    if record.type not in _DOMAINS:
        return {}
    found: Json = {"customDomains": message.custom_domains or None, **present(subdomain=message.subdomain)}
    if record.type == "http":
        found |= {"locations": message.locations or None, "hostHeaderRewrite": message.host_header_rewrite}
    elif record.type == "tcpmux":
        found |= {"multiplexer": message.multiplexer, "routeByHTTPUser": message.route_by_http_user}
    return found


def _short_time(at: float) -> str:
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at)) if at else ""


def client_v1(client: ClientRecord, blocked_until: float = 0.0) -> Json:
    """C of server spec 7.2, the same in both versions; `blockedUntil` is ours."""
    return {
        "key": client.key,
        "user": client.user,
        "clientID": client.shown_id,
        "runID": client.run_id,
        **present(version=client.version, wireProtocol=client.wire_protocol),
        "hostname": client.hostname,
        **present(clientIP=client.ip),
        "firstConnectedAt": int(client.first_connected),
        "lastConnectedAt": int(client.last_connected),
        **present(disconnectedAt=0 if client.is_online else int(client.disconnected_at)),
        "online": client.is_online,
        **present(blockedUntil=int(blocked_until)),
    }


# --- API v2


def proxy_v2(record: Record, *, is_online: bool, is_blocked: bool) -> Json:
    """V of server spec 7.3; `blocked` is ours."""
    came, went = record.today
    return {
        "name": record.name,
        "user": record.user,
        "clientID": record.client_id,
        "spec": {"type": record.type, record.type: _spec_v2(record) if is_online else {}},
        "status": {
            "phase": "online" if is_online else "offline",
            "todayTrafficIn": came,
            "todayTrafficOut": went,
            "curConns": record.connections,
            **present(lastStartAt=int(record.started_at), lastCloseAt=int(record.closed_at), blocked=is_blocked),
        },
    }


def _spec_v2(record: Record) -> Json:
    message = record.message
    found = {
        **present(annotations=message.annotations, metadatas=message.metas),
        "transport": {
            "useEncryption": message.use_encryption,
            "useCompression": message.use_compression,
            "bandwidthLimit": message.bandwidth_limit,
            "bandwidthLimitMode": message.bandwidth_limit_mode or "client",
        },
        "loadBalancer": {"group": message.group},
    }
    if record.type in _PORTS:
        return found | {"remotePort": record.port}
    if record.type in _DOMAINS:
        found |= present(customDomains=message.custom_domains, subdomain=message.subdomain)
    if record.type == "http":
        found |= present(locations=message.locations, hostHeaderRewrite=message.host_header_rewrite)
    if record.type == "tcpmux":
        found |= present(multiplexer=message.multiplexer)
    if record.type in ("http", "tcpmux"):
        found |= present(routeByHTTPUser=message.route_by_http_user)
    return found


# --- the server


def server_config(config: ServerConfig) -> Json:
    """`config` of system/info, and the first half of serverinfo."""
    return {
        "bindPort": config.bind_port,
        "vhostHTTPPort": config.vhost_http_port,
        "vhostHTTPSPort": config.vhost_https_port,
        "tcpmuxHTTPConnectPort": config.tcpmux_http_connect_port,
        "kcpBindPort": config.kcp_bind_port,
        "quicBindPort": config.quic_bind_port,
        "subdomainHost": config.sub_domain_host,
        "maxPoolCount": config.transport.max_pool_count,
        "maxPortsPerClient": config.max_ports_per_client,
        "heartbeatTimeout": config.transport.heartbeat_timeout,
        "allowPortsStr": ",".join(_ports(ports.start, ports.end) for ports in config.allow_ports),
        "tlsForce": config.transport.tls.force,
    }


def _ports(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
