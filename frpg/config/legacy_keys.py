"""INI keys and the v1 key paths they stand for. Source: frp 0.70.1 behaviour."""

from __future__ import annotations

from collections.abc import Mapping

Keys = Mapping[str, str]

_BOTH: Keys = {
    "authentication_method": "auth.method",
    "token": "auth.token",
    "log_file": "log.to",
    "log_level": "log.level",
    "log_format": "log.format",
    "log_max_days": "log.maxDays",
    "disable_log_color": "log.disablePrintColor",
    "assets_dir": "webServer.assetsDir",
    "pprof_enable": "webServer.pprofEnable",
    "udp_packet_size": "udpPacketSize",
    "tcp_mux": "transport.tcpMux",
    "tcp_mux_keepalive_interval": "transport.tcpMuxKeepaliveInterval",
    "heartbeat_timeout": "transport.heartbeatTimeout",
    "quic_keepalive_period": "transport.quic.keepalivePeriod",
    "quic_max_idle_timeout": "transport.quic.maxIdleTimeout",
    "quic_max_incoming_streams": "transport.quic.maxIncomingStreams",
    "tls_cert_file": "transport.tls.certFile",
    "tls_key_file": "transport.tls.keyFile",
    "tls_trusted_ca_file": "transport.tls.trustedCaFile",
}

SCOPES: Keys = {"authenticate_heartbeats": "HeartBeats", "authenticate_new_work_conns": "NewWorkConns"}

SERVER: Keys = {
    **_BOTH,
    "bind_addr": "bindAddr",
    "bind_port": "bindPort",
    "kcp_bind_port": "kcpBindPort",
    "quic_bind_port": "quicBindPort",
    "proxy_bind_addr": "proxyBindAddr",
    "vhost_http_port": "vhostHTTPPort",
    "vhost_https_port": "vhostHTTPSPort",
    "vhost_http_timeout": "vhostHTTPTimeout",
    "tcpmux_httpconnect_port": "tcpmuxHTTPConnectPort",
    "tcpmux_passthrough": "tcpmuxPassthrough",
    "subdomain_host": "subDomainHost",
    "custom_404_page": "custom404Page",
    "vhost_trusted_proxies": "vhostTrustedProxies",
    "oidc_issuer": "auth.oidc.issuer",
    "oidc_audience": "auth.oidc.audience",
    "oidc_skip_expiry_check": "auth.oidc.skipExpiryCheck",
    "oidc_skip_issuer_check": "auth.oidc.skipIssuerCheck",
    "tcp_keepalive": "transport.tcpKeepalive",
    "max_pool_count": "transport.maxPoolCount",
    "tls_only": "transport.tls.force",
    "allow_ports": "allowPorts",
    "max_ports_per_client": "maxPortsPerClient",
    "user_conn_timeout": "userConnTimeout",
    "detailed_errors_to_client": "detailedErrorsToClient",
    "nat_hole_analysis_data_reserve_hours": "natholeAnalysisDataReserveHours",
    "enable_prometheus": "enablePrometheus",
    "dashboard_addr": "webServer.addr",
    "dashboard_port": "webServer.port",
    "dashboard_user": "webServer.user",
    "dashboard_pwd": "webServer.password",
}

DASHBOARD_TLS_MODE = "dashboard_tls_mode"
DASHBOARD_TLS: Keys = {
    "dashboard_tls_cert_file": "webServer.tls.certFile",
    "dashboard_tls_key_file": "webServer.tls.keyFile",
}

SERVER_PLUGIN: Keys = {
    "addr": "addr",
    "path": "path",
    "ops": "ops",
    "tlsVerify": "tlsVerify",
    "trustedCaFile": "trustedCaFile",  # not in frp, as the next
    "timeoutSeconds": "timeoutSeconds",
}

CLIENT: Keys = {
    **_BOTH,
    "server_addr": "serverAddr",
    "server_port": "serverPort",
    "user": "user",
    "nat_hole_stun_server": "natHoleStunServer",
    "dns_server": "dnsServer",
    "login_fail_exit": "loginFailExit",
    "start": "start",
    "includes": "includes",
    "oidc_client_id": "auth.oidc.clientID",
    "oidc_client_secret": "auth.oidc.clientSecret",
    "oidc_audience": "auth.oidc.audience",
    "oidc_scope": "auth.oidc.scope",
    "oidc_token_endpoint_url": "auth.oidc.tokenEndpointURL",
    "protocol": "transport.protocol",
    "dial_server_timeout": "transport.dialServerTimeout",
    "dial_server_keepalive": "transport.dialServerKeepalive",
    "connect_server_local_ip": "transport.connectServerLocalIP",
    "http_proxy": "transport.proxyURL",
    "pool_count": "transport.poolCount",
    "heartbeat_interval": "transport.heartbeatInterval",
    "tls_enable": "transport.tls.enable",
    "disable_custom_tls_first_byte": "transport.tls.disableCustomTLSFirstByte",
    "tls_server_name": "transport.tls.serverName",
    "admin_addr": "webServer.addr",
    "admin_port": "webServer.port",
    "admin_user": "webServer.user",
    "admin_pwd": "webServer.password",
}
CLIENT_MAPS: Keys = {"meta_": "metadatas", "oidc_additional_": "auth.oidc.additionalEndpointParams"}

_PROXY: Keys = {
    "local_ip": "localIP",
    "local_port": "localPort",
    "use_encryption": "transport.useEncryption",
    "use_compression": "transport.useCompression",
    "bandwidth_limit": "transport.bandwidthLimit",
    "bandwidth_limit_mode": "transport.bandwidthLimitMode",
    "proxy_protocol_version": "transport.proxyProtocolVersion",
    "group": "loadBalancer.group",
    "group_key": "loadBalancer.groupKey",
    "health_check_type": "healthCheck.type",
    "health_check_timeout_s": "healthCheck.timeoutSeconds",
    "health_check_max_failed": "healthCheck.maxFailed",
    "health_check_interval_s": "healthCheck.intervalSeconds",
    "health_check_url": "healthCheck.path",
}
_PORT: Keys = {**_PROXY, "remote_port": "remotePort"}
_DOMAIN: Keys = {**_PROXY, "custom_domains": "customDomains", "subdomain": "subdomain"}
_USER: Keys = {"http_user": "httpUser", "http_pwd": "httpPassword", "route_by_http_user": "routeByHTTPUser"}
_SECRET: Keys = {**_PROXY, "sk": "secretKey", "allow_users": "allowUsers"}

PROXY: Mapping[str, Keys] = {
    "tcp": _PORT,
    "udp": _PORT,
    "http": {**_DOMAIN, **_USER, "locations": "locations", "host_header_rewrite": "hostHeaderRewrite"},
    "https": _DOMAIN,
    "tcpmux": {**_DOMAIN, **_USER, "multiplexer": "multiplexer"},
    "stcp": _SECRET,
    "sudp": _SECRET,
    "xtcp": _SECRET,
}

_VISITOR: Keys = {
    "server_name": "serverName",
    "server_user": "serverUser",
    "sk": "secretKey",
    "bind_addr": "bindAddr",
    "bind_port": "bindPort",
    "use_encryption": "transport.useEncryption",
    "use_compression": "transport.useCompression",
}
# Of these a negative value counts as none, other than in v1.
VISITOR_POSITIVE: Keys = {
    "max_retries_an_hour": "maxRetriesAnHour",
    "min_retry_interval": "minRetryInterval",
    "fallback_timeout_ms": "fallbackTimeoutMs",
}

VISITOR: Mapping[str, Keys] = {
    "stcp": _VISITOR,
    "sudp": _VISITOR,
    "xtcp": {
        **_VISITOR,
        **VISITOR_POSITIVE,
        "protocol": "protocol",
        "keep_tunnel_open": "keepTunnelOpen",
        "fallback_to": "fallbackTo",
    },
}

_BRIDGE: Keys = {"local_addr": "localAddr", "host_header_rewrite": "hostHeaderRewrite"}
_CERTIFICATE: Keys = {"crt_path": "crtPath", "key_path": "keyPath"}
_PASSWORD: Keys = {"http_user": "httpUser", "http_passwd": "httpPassword"}

PLUGIN_PREFIX = "plugin_"
BRIDGES = ("http2https", "https2http", "https2https")  # take `plugin_header_NAME`

# Keys behind PLUGIN_PREFIX. frp has no INI form for http2http, tls2raw and virtual_net.
PLUGIN: Mapping[str, Keys] = {
    "unix_domain_socket": {"unix_path": "unixPath"},
    "http_proxy": _PASSWORD,
    "socks5": {
        "user": "username",
        "passwd": "password",
        "udp_bind_addr": "udpBindAddr",
        "udp_port": "udpPort",
        "udp_advertise": "udpAdvertise",
    },
    "static_file": {"local_path": "localPath", "strip_prefix": "stripPrefix", **_PASSWORD},
    "http2https": _BRIDGE,
    "https2http": {**_BRIDGE, **_CERTIFICATE},
    "https2https": {**_BRIDGE, **_CERTIFICATE},
}

PROXY_KEYS = frozenset(key for keys in PROXY.values() for key in keys)
VISITOR_KEYS = frozenset(VISITOR["xtcp"]) | PROXY_KEYS

# Keys that frp reads no more; warned of, but in these words.
DEAD: Keys = {
    "bind_udp_port": "has no effect any more, xtcp needs no port of the server",
    "log_way": "has no effect any more, log_file alone decides",
    "privilege_token": "has no effect any more, use token",
    "privilege_allow_ports": "has no effect any more, use allow_ports",
    "privilege_mode": "has no effect any more",
    "auth_timeout": "has no effect any more",
}
DEAD_SERVER: Keys = {**DEAD, "tls_enable": "is an option of frpc and has no effect here; tls_only demands TLS"}
