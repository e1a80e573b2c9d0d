"""Checks of the options that both programs have, and of frps as a whole. Every check runs; texts are frp's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator

from frpg.config.common import (
    AUTH_METHODS,
    AUTH_SCOPES,
    LOG_FORMATS,
    LOG_LEVELS,
    PORT_MAX,
    AuthConfig,
    ExecSource,
    LogConfig,
    ValueSource,
    WebServerConfig,
)
from frpg.config.faults import Fault, Place
from frpg.config.server import HTTP_PLUGIN_OPS, PythonPluginConfig, ServerConfig
from frpg.errors import ConfigError

TOKEN_SOURCE_EXEC = "TokenSourceExec"  # the one unsafe feature that the command line can allow


def validate_server(config: ServerConfig, *, allow_unsafe: Collection[str] = ()) -> list[str]:
    """Check a completed configuration that came from flags; return its warnings.

    Raises:
        ConfigError: all faults, each `key.path: text`.
    """
    if faults := list(server_faults(config, allow_unsafe)):
        raise ConfigError(Place().lines(faults))
    return Place().lines(server_warnings(config))


def server_faults(config: ServerConfig, allow_unsafe: Collection[str] = ()) -> Iterator[Fault]:
    """All faults of a completed frps configuration, in frp's order."""
    yield from auth_faults(config.auth, allow_unsafe)
    yield from log_faults(config.log)
    yield from web_server_faults(config.web_server)
    ports = {
        "bindPort": config.bind_port,
        "kcpBindPort": config.kcp_bind_port,
        "quicBindPort": config.quic_bind_port,
        "vhostHTTPPort": config.vhost_http_port,
        "vhostHTTPSPort": config.vhost_https_port,
        "tcpmuxHTTPConnectPort": config.tcpmux_http_connect_port,
    }
    for path, port in ports.items():
        yield from port_faults(path, port)
    for index, network in enumerate(config.vhost_trusted_proxies):
        if not is_network(network):
            text = f"{network} is neither an address nor a network, such as 10.0.0.0/8"
            yield Fault(f"vhostTrustedProxies[{index}]", text)
    for index, plugin in enumerate(config.http_plugins):
        path = f"httpPlugins[{index}]"
        if not set(plugin.ops) <= set(HTTP_PLUGIN_OPS):
            yield Fault(f"{path}.ops", f"invalid http plugin ops, {choices(HTTP_PLUGIN_OPS)}")
        yield from timeout_faults(path, plugin.timeout_seconds)
    for index, python in enumerate(config.python_plugins):
        yield from python_plugin_faults(f"pythonPlugins[{index}]", python)


def python_plugin_faults(path: str, plugin: PythonPluginConfig) -> Iterator[Fault]:
    """Whether the class is there is not looked at: that would run its code."""
    if not plugin.plugin:
        yield Fault(f"{path}.plugin", "name a class as package.module:Class, or an entry point")
    if not set(plugin.ops) <= set(HTTP_PLUGIN_OPS):
        yield Fault(f"{path}.ops", f"invalid python plugin ops, {choices(HTTP_PLUGIN_OPS)}")
    yield from timeout_faults(path, plugin.timeout_seconds)


def timeout_faults(path: str, seconds: int) -> Iterator[Fault]:
    if seconds < 1:
        yield Fault(f"{path}.timeoutSeconds", f"{seconds} is no time to answer in, write 1 or more")


def server_warnings(config: ServerConfig) -> Iterator[Fault]:
    """What frp accepts without a word although it cannot be meant."""
    for index, ports in enumerate(config.allow_ports):
        if ports.start > ports.end or ports.start < 1:
            yield Fault(f"allowPorts[{index}]", "allows no port; write {start, end} with start <= end, or {single}")


def is_network(text: str) -> bool:
    """Whether `text` is an IP address, or a network as `ADDRESS/BITS`."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def auth_faults(auth: AuthConfig, allow_unsafe: Collection[str]) -> Iterator[Fault]:
    if auth.method not in AUTH_METHODS:
        yield Fault("auth.method", f"invalid auth method, {choices(AUTH_METHODS)}")
    if not set(auth.additional_scopes) <= set(AUTH_SCOPES):
        yield Fault("auth.additionalScopes", f"invalid auth additional scopes, {choices(AUTH_SCOPES)}")
    if auth.token_source is not None:
        if auth.token:
            yield Fault("auth.tokenSource", "cannot specify both auth.token and auth.tokenSource")
        yield from source_faults("auth.tokenSource", auth.token_source, allow_unsafe)


def source_faults(path: str, source: ValueSource, allow_unsafe: Collection[str]) -> Iterator[Fault]:
    """Faults of a value source; `verify` does not resolve it, so the file may be missing."""
    if source.type == "exec" and TOKEN_SOURCE_EXEC not in allow_unsafe:
        yield Fault(
            f"{path}.type",
            f'unsafe feature "{TOKEN_SOURCE_EXEC}" is not enabled. '
            "To enable it, ensure it is allowed in the configuration or command line flags",
        )
    invalid = f"invalid {path}: "
    if source.type == "file":
        if source.file is None:
            yield Fault(f"{path}.file", f"{invalid}file configuration is required when type is 'file'")
        elif not source.file.path:
            yield Fault(f"{path}.file.path", f"{invalid}file path cannot be empty")
    elif source.type == "exec":
        if source.exec is None:
            yield Fault(f"{path}.exec", f"{invalid}exec configuration is required when type is 'exec'")
        else:
            yield from (Fault(f"{path}.{key}", invalid + text) for key, text in _exec_faults(source.exec))
    else:
        text = f"unsupported value source type: {source.type} (only 'file' and 'exec' are supported)"
        yield Fault(f"{path}.type", invalid + text)


def _exec_faults(source: ExecSource) -> Iterator[tuple[str, str]]:
    if not source.command:
        yield "exec.command", "exec command cannot be empty"
    for index, variable in enumerate(source.env):
        if not variable.name:
            yield f"exec.env[{index}].name", "exec env name cannot be empty"
        elif "=" in variable.name:
            yield f"exec.env[{index}].name", "exec env name cannot contain '='"


def log_faults(log: LogConfig) -> Iterator[Fault]:
    if log.level not in LOG_LEVELS:
        yield Fault("log.level", f"invalid log level, {choices(LOG_LEVELS)}")
    if log.format not in LOG_FORMATS:
        yield Fault("log.format", f"invalid log format, {choices(LOG_FORMATS)}")


def web_server_faults(web: WebServerConfig) -> Iterator[Fault]:
    if web.tls is not None and not web.tls.cert_file:
        yield Fault("webServer.tls.certFile", "tls.certFile must be specified when tls is enabled")
    if web.tls is not None and not web.tls.key_file:
        yield Fault("webServer.tls.keyFile", "tls.keyFile must be specified when tls is enabled")
    yield from port_faults("webServer.port", web.port)


def port_faults(path: str, port: int) -> Iterator[Fault]:
    if not 0 <= port <= PORT_MAX:
        yield Fault(path, f"port number {port} must be in the range 0..{PORT_MAX}")


def choices(values: Collection[str]) -> str:
    return f"optional values are [{' '.join(values)}]"
