"""Checks of frpc's common options. Every check runs; texts are frp's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from frpg.config.client import FEATURE_GATES, PROTOCOLS, WIRE_PROTOCOLS, ClientConfig, ClientOidcConfig
from frpg.config.common import PORT_MAX
from frpg.config.faults import Fault, Place
from frpg.config.includes import folder_of
from frpg.config.validate import auth_faults, choices, log_faults, source_faults, web_server_faults
from frpg.config.validate_proxies import proxy_faults, visitor_faults
from frpg.errors import ConfigError

PROXY_URL_SCHEMES = ("http", "https", "socks5", "ntlm")


def validate_client(config: ClientConfig, *, allow_unsafe: Collection[str] = ()) -> list[str]:
    """Check a completed configuration that came from flags, with its proxies and visitors; return its warnings.

    Raises:
        ConfigError: all faults, each `key.path: text`.
    """
    lines = Place().lines(client_faults(config, allow_unsafe))
    for proxy in config.proxies:
        lines += Place().lines(proxy_faults(proxy))
    for visitor in config.visitors:
        lines += Place().lines(visitor_faults(visitor))
    if lines:
        raise ConfigError(lines)
    return Place().lines(client_warnings(config))


def client_faults(config: ClientConfig, allow_unsafe: Collection[str] = ()) -> Iterator[Fault]:
    """All faults of the completed common part, in frp's order."""
    yield from _feature_faults(config)
    yield from auth_faults(config.auth, allow_unsafe)
    yield from _oidc_faults(config, allow_unsafe)
    yield from log_faults(config.log)
    yield from web_server_faults(config.web_server)
    yield from _transport_faults(config)
    for index, pattern in enumerate(config.includes):
        if not folder_of(pattern).is_dir():
            yield Fault(f"includes[{index}]", f"include: directory of {pattern} not exist")


def _feature_faults(config: ClientConfig) -> Iterator[Fault]:
    # frp reads the gates after `verify` has looked at them; here they count for both, so that both say the same.
    for name in config.feature_gates:
        if name not in FEATURE_GATES:
            yield Fault(f"featureGates.{name}", f"unrecognized feature gate: {name}, {choices(FEATURE_GATES)}")
    if config.virtual_net.address and not config.feature_gates.get("VirtualNet"):
        text = "VirtualNet feature is not enabled; enable it by setting the appropriate feature gate flag"
        yield Fault("virtualNet.address", f"{text} (featureGates.VirtualNet = true)")


def _oidc_faults(config: ClientConfig, allow_unsafe: Collection[str]) -> Iterator[Fault]:
    oidc = config.auth.oidc
    if oidc.token_source is not None:
        if any(getattr(oidc, name) for name in oidc.__slots__ if name != "token_source"):
            text = "cannot specify both auth.oidc.tokenSource and any other field of auth.oidc"
            yield Fault("auth.oidc.tokenSource", text)
        yield from source_faults("auth.oidc.tokenSource", oidc.token_source, allow_unsafe)
    elif config.auth.method == "oidc":
        yield from (Fault(f"auth.oidc.{key}", f"auth.oidc.{key} {text}") for key, text in _oidc_required(oidc))
        if "scope" in oidc.additional_endpoint_params:
            text = "auth.oidc.additionalEndpointParams.scope is not allowed; use auth.oidc.scope instead"
            yield Fault("auth.oidc.additionalEndpointParams.scope", text)
        if oidc.audience and "audience" in oidc.additional_endpoint_params:
            text = "cannot specify both auth.oidc.audience and auth.oidc.additionalEndpointParams.audience"
            yield Fault("auth.oidc.audience", text)


def _oidc_required(oidc: ClientOidcConfig) -> Iterator[tuple[str, str]]:
    if not oidc.client_id:
        yield "clientID", "is required"
    if not oidc.token_endpoint_url:
        yield "tokenEndpointURL", "is required"
        return
    try:
        url = urlsplit(oidc.token_endpoint_url)
    except ValueError as problem:
        yield "tokenEndpointURL", f"is no URL: {problem}"
        return
    if not url.scheme or not url.hostname:
        yield "tokenEndpointURL", "must be an absolute http or https URL"
    elif url.scheme not in ("http", "https"):
        yield "tokenEndpointURL", "must use http or https"


def _transport_faults(config: ClientConfig) -> Iterator[Fault]:
    transport = config.transport
    if 0 < transport.heartbeat_timeout < transport.heartbeat_interval:
        text = "invalid transport.heartbeatTimeout, heartbeat timeout should not less than heartbeat interval"
        yield Fault("transport.heartbeatTimeout", text)
    if transport.protocol not in PROTOCOLS:
        yield Fault("transport.protocol", f"invalid transport.protocol, {choices(PROTOCOLS)}")
    if transport.wire_protocol not in WIRE_PROTOCOLS:
        yield Fault("transport.wireProtocol", f"invalid transport.wireProtocol, {choices(WIRE_PROTOCOLS)}")


def client_warnings(config: ClientConfig) -> Iterator[Fault]:
    """Frp's own warnings, and what it accepts without a word although it cannot work."""
    tls = config.transport.tls
    if not tls.enable:
        files = {"certFile": tls.cert_file, "keyFile": tls.key_file, "trustedCaFile": tls.trusted_ca_file}
        for key in (key for key, file in files.items() if file):
            path = f"transport.tls.{key}"
            yield Fault(path, f"{path} is invalid when transport.tls.enable is false")
    if not 0 < config.server_port <= PORT_MAX:
        yield Fault("serverPort", f"port number {config.server_port} cannot be dialled, use 1..{PORT_MAX}")
    # The URL may hold a password: name the scheme alone.
    scheme, separator, _ = config.transport.proxy_url.partition("://")
    if config.transport.proxy_url and (not separator or scheme not in PROXY_URL_SCHEMES):
        text = f'has no scheme of {" ".join(PROXY_URL_SCHEMES)}, write "http://host:port"'
        yield Fault("transport.proxyURL", text)
