"""The flags of frps that stand for options, and the configuration they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frpg.cli.flags import Flag, Parsed
from frpg.cli.options import PORTS, Option, apply, option
from frpg.cli.values import BOOL, INT, STRING

if TYPE_CHECKING:
    from frpg.config.server import ServerConfig

OPTIONS: tuple[Option, ...] = (
    option("allow-ports", PORTS, "allow_ports", "remote ports clients may take, like 1000-2000,3000; all by default"),
    option("bind-addr", STRING, "bind_addr", "address to listen on for clients", default="0.0.0.0"),
    option("bind-port", INT, "bind_port", "port to listen on for clients", short="p", default=7000),
    option("dashboard-addr", STRING, "web_server.addr", "address of the dashboard", default="0.0.0.0"),
    option("dashboard-port", INT, "web_server.port", "port of the dashboard; 0 is off", default=0),
    option("dashboard-pwd", STRING, "web_server.password", "password for the dashboard", default="admin"),
    option("dashboard-user", STRING, "web_server.user", "user name for the dashboard", default="admin"),
    option("disable-log-color", BOOL, "log.disable_print_color", "no colours on the console", default=False),
    option("enable-prometheus", BOOL, "enable_prometheus", "metrics on the dashboard's port", default=False),
    option("kcp-bind-port", INT, "kcp_bind_port", "UDP port to listen on for KCP clients; 0 is off", default=0),
    option("log-file", STRING, "log.to", "file for the log", default="console"),
    option("log-format", STRING, "log.format", "text or json", default="text"),
    option("log-level", STRING, "log.level", "trace, debug, info, warn or error", default="info"),
    option("log-max-days", INT, "log.max_days", "days to keep rotated log files; negative keeps all", default=3),
    option("max-ports-per-client", INT, "max_ports_per_client", "ports one client may take; 0 is no limit", default=0),
    option("proxy-bind-addr", STRING, "proxy_bind_addr", "address of the remote ports", default="0.0.0.0"),
    option("quic-bind-port", INT, "quic_bind_port", "UDP port to listen on for QUIC clients; 0 is off", default=0),
    option("subdomain-host", STRING, "sub_domain_host", "domain under which clients take subdomains", default=""),
    option("tls-only", BOOL, "transport.tls.force", "turn away clients without TLS", default=False),
    option("token", STRING, "auth.token", "secret that clients must know", short="t", default=""),
    option("vhost-http-port", INT, "vhost_http_port", "port for HTTP by domain; 0 is off", default=0),
    option("vhost-http-timeout", INT, "vhost_http_timeout", "seconds to wait for an answer's header", default=60),
    option("vhost-https-port", INT, "vhost_https_port", "port for HTTPS by domain; 0 is off", default=0),
)

_TLS_MODE = Flag("dashboard-tls-mode", BOOL, "TLS on the dashboard", default=False, is_inherited=True)
_TLS_CERT = Flag("dashboard-tls-cert-file", STRING, "certificate of the dashboard", default="", is_inherited=True)
_TLS_KEY = Flag("dashboard-tls-key-file", STRING, "key of the dashboard", default="", is_inherited=True)

FLAGS: tuple[Flag, ...] = (*(row.flag for row in OPTIONS), _TLS_MODE, _TLS_CERT, _TLS_KEY)


def server_config(parsed: Parsed) -> ServerConfig:
    """The configuration that the flags alone make, neither completed nor checked."""
    from frpg.config.common import TlsFiles
    from frpg.config.server import ServerConfig

    config = ServerConfig()
    apply(OPTIONS, parsed, config)
    if parsed[_TLS_MODE.name]:
        config.web_server.tls = TlsFiles(cert_file=parsed[_TLS_CERT.name], key_file=parsed[_TLS_KEY.name])
    return config
