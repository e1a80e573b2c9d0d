"""The flags of `frpc TYPE` and `frpc TYPE visitor`, and the configuration they make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from frpg.cli.flags import Flag, Parsed
from frpg.cli.options import BANDWIDTH, Option, apply, option
from frpg.cli.values import BOOL, INT, LIST, MAP, STRING

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig

COMMON: tuple[Option, ...] = (
    option("client-id", STRING, "client_id", "a name of its own for this frpc", default=""),
    option("disable-log-color", BOOL, "log.disable_print_color", "no colours on the console", default=False),
    option("dns-server", STRING, "dns_server", "DNS server in place of the system's", default=""),
    option("log-file", STRING, "log.to", "file for the log", default="console"),
    option("log-format", STRING, "log.format", "text or json", default="text"),
    option("log-level", STRING, "log.level", "trace, debug, info, warn or error", default="info"),
    option("log-max-days", INT, "log.max_days", "days to keep rotated log files; negative keeps all", default=3),
    option("protocol", STRING, "transport.protocol", "tcp, kcp, quic, websocket or wss", short="p", default="tcp"),
    option("server-addr", STRING, "server_addr", "address of frps", short="s", default="127.0.0.1"),
    option("server-port", INT, "server_port", "port of frps", short="P", default=7000),
    option("tls-enable", BOOL, "transport.tls.enable", "TLS towards frps", default=True),
    option("tls-server-name", STRING, "transport.tls.server_name", "name in frps's certificate", default=""),
    option("token", STRING, "auth.token", "the secret of frps", short="t", default=""),
    option("user", STRING, "user", "goes before the names of proxies", short="u", default=""),
)


_EVERY: tuple[Option, ...] = (
    option("annotations", MAP, "annotations", "notes for the dashboard"),
    option("bandwidth-limit", BANDWIDTH, "transport.bandwidth_limit", "like 100KB or 1MB, per second"),
    option(
        "bandwidth-limit-mode",
        STRING,
        "transport.bandwidth_limit_mode",
        "who limits: client or server",
        default="client",
    ),
    option("local-ip", STRING, "local_ip", "address of the local service", short="i", default="127.0.0.1"),
    option("local-port", INT, "local_port", "port of the local service", short="l", default=0),
    option("metadatas", MAP, "metadatas", "values for the plugins of frps"),
    option("proxy-name", STRING, "name", "name of the proxy", short="n", default=""),
    option("uc", BOOL, "transport.use_compression", "compress", default=False),
    option("ue", BOOL, "transport.use_encryption", "encrypt", default=False),
)
_PORT: tuple[Option, ...] = (
    option("remote-port", INT, "remote_port", "port on frps; 0 lets frps choose", short="r", default=0),
)
_DOMAIN: tuple[Option, ...] = (
    option("custom-domain", LIST, "custom_domains", "domains of the proxy", short="d"),
    option("sd", STRING, "subdomain", "subdomain of the proxy", default=""),
)
_PASSWORD: tuple[Option, ...] = (
    option("http-pwd", STRING, "http_password", "password to ask users for", default=""),
    option("http-user", STRING, "http_user", "user name to ask users for", default=""),
)
_HTTP: tuple[Option, ...] = (
    option("host-header-rewrite", STRING, "host_header_rewrite", "Host header for the local service", default=""),
    option("locations", LIST, "locations", "URL prefixes of the proxy"),
)
_MUX: tuple[Option, ...] = (option("mux", STRING, "multiplexer", "must be httpconnect", default=""),)
_SECRET_KEY = option("sk", STRING, "secret_key", "secret of proxy and visitor", default="")
_SECRET: tuple[Option, ...] = (
    option("allow-users", LIST, "allow_users", "users who may visit; * is all"),
    _SECRET_KEY,
)

# Options of `frpc TYPE` beside the common ones.
PROXY_OPTIONS: dict[str, tuple[Option, ...]] = {
    "http": _EVERY + _DOMAIN + _PASSWORD + _HTTP,
    "https": _EVERY + _DOMAIN,
    "stcp": _EVERY + _SECRET,
    "sudp": _EVERY + _SECRET,
    "tcp": _EVERY + _PORT,
    "tcpmux": _EVERY + _DOMAIN + _PASSWORD + _MUX,
    "udp": _EVERY + _PORT,
    "xtcp": _EVERY + _SECRET,
}

# Options of `frpc TYPE visitor` beside the common ones.
VISITOR_OPTIONS: tuple[Option, ...] = (
    option("bind-addr", STRING, "bind_addr", "address to listen on; 127.0.0.1 by default", default=""),
    option("bind-port", INT, "bind_port", "port to listen on", default=0),
    option("server-name", STRING, "server_name", "name of the proxy to visit", default=""),
    option("server-user", STRING, "server_user", "user of the proxy to visit; by default the own", default=""),
    _SECRET_KEY,
    option("uc", BOOL, "transport.use_compression", "compress", default=False),
    option("ue", BOOL, "transport.use_encryption", "encrypt", default=False),
    option("visitor-name", STRING, "name", "name of the visitor", short="n", default=""),
)


def flags_of(options: tuple[Option, ...], *, is_inherited: bool = False) -> tuple[Flag, ...]:
    return tuple(replace(row.flag, is_inherited=is_inherited) for row in options)


def proxy_config(kind: str, parsed: Parsed) -> ClientConfig:
    """A client with one proxy, neither completed nor checked."""
    from frpg.config.proxies import PROXY_TYPES

    config = _client_config(parsed)
    proxy = PROXY_TYPES[kind]()
    apply(PROXY_OPTIONS[kind], parsed, proxy)
    config.proxies = [proxy]
    return config


def visitor_config(kind: str, parsed: Parsed) -> ClientConfig:
    """A client with one visitor, neither completed nor checked."""
    from frpg.config.visitors import VISITOR_TYPES

    config = _client_config(parsed)
    visitor = VISITOR_TYPES[kind]()
    apply(VISITOR_OPTIONS, parsed, visitor)
    config.visitors = [visitor]
    return config


def _client_config(parsed: Parsed) -> ClientConfig:
    from frpg.config.client import ClientConfig

    config = ClientConfig()
    apply(COMMON, parsed, config)
    return config
