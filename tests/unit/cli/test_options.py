"""Flags to configurations: every flag of both programs reaches its option, and only that one."""

import dataclasses
from typing import Any

import pytest

from frpg.cli.command import locate
from frpg.cli.flags import Parsed
from frpg.cli.frpc import ROOT as FRPC
from frpg.cli.frpc_options import PROXY_OPTIONS, proxy_config, visitor_config
from frpg.cli.frps import ROOT as FRPS
from frpg.cli.frps_options import server_config
from frpg.config.client import ClientConfig
from frpg.config.common import TlsFiles
from frpg.config.server import ServerConfig
from frpg.config.values import Bandwidth, PortRange


def frps(*words: str) -> ServerConfig:
    path, rest = locate(FRPS, words)
    return server_config(path.flag_set().parse(rest))


def parsed_by_frpc(words: tuple[str, ...]) -> Parsed:
    path, rest = locate(FRPC, words)
    return path.flag_set().parse(rest)


def proxy(*words: str) -> ClientConfig:
    return proxy_config(words[0], parsed_by_frpc(words))


def visitor(*words: str) -> ClientConfig:
    return visitor_config(words[0], parsed_by_frpc(words))


def flat(config: object, path: str = "") -> dict[str, Any]:
    """Every leaf of a configuration by its path."""
    if isinstance(config, list) and config and dataclasses.is_dataclass(config[0]):
        return {key: leaf for index, item in enumerate(config) for key, leaf in flat(item, f"{path}{index}.").items()}
    if not dataclasses.is_dataclass(config) or isinstance(config, Bandwidth | PortRange):
        return {path.rstrip("."): config}
    fields = dataclasses.fields(config)
    return {key: leaf for f in fields for key, leaf in flat(getattr(config, f.name), f"{path}{f.name}.").items()}


def changed(after: object, before: object) -> dict[str, Any]:
    old = flat(before)
    return {path: value for path, value in flat(after).items() if old.get(path, ...) != value}


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        (["--bind_addr", "::1"], "bind_addr", "::1"),
        (["--bind_port", "1"], "bind_port", 1),
        (["-p", "1"], "bind_port", 1),
        (["--kcp_bind_port", "1"], "kcp_bind_port", 1),
        (["--quic_bind_port", "1"], "quic_bind_port", 1),
        (["--proxy_bind_addr", "::1"], "proxy_bind_addr", "::1"),
        (["--vhost_http_port", "1"], "vhost_http_port", 1),
        (["--vhost_https_port", "1"], "vhost_https_port", 1),
        (["--vhost_http_timeout", "1"], "vhost_http_timeout", 1),
        (["--dashboard_addr", "::1"], "web_server.addr", "::1"),
        (["--dashboard_port", "1"], "web_server.port", 1),
        (["--dashboard_user", "x"], "web_server.user", "x"),
        (["--dashboard_pwd", "x"], "web_server.password", "x"),
        (["--enable_prometheus"], "enable_prometheus", True),
        (["--log_file", "x"], "log.to", "x"),
        (["--log_level", "warn"], "log.level", "warn"),
        (["--log_format", "json"], "log.format", "json"),
        (["--log_max_days", "-1"], "log.max_days", -1),
        (["--disable_log_color"], "log.disable_print_color", True),
        (["--token", "x"], "auth.token", "x"),
        (["-t", "x"], "auth.token", "x"),
        (["--subdomain_host", "x"], "sub_domain_host", "x"),
        (["--max_ports_per_client", "1"], "max_ports_per_client", 1),
        (["--tls_only"], "transport.tls.force", True),
    ],
)
def test_a_flag_of_frps_sets_its_option(words: list[str], path: str, value: object) -> None:
    assert changed(frps(*words), frps()) == {path: value}
    dashed = [word.replace("_", "-") if word.startswith("--") else word for word in words]
    assert frps(*dashed) == frps(*words)


def test_defaults_of_frps_differ_from_those_of_a_file_in_four_options() -> None:
    assert changed(frps(), ServerConfig()) == {
        "proxy_bind_addr": "0.0.0.0",
        "web_server.addr": "0.0.0.0",
        "web_server.user": "admin",
        "web_server.password": "admin",
    }


def test_allowed_ports() -> None:
    ports = frps("--allow_ports", "1000-2000,3000").allow_ports
    assert ports == [PortRange(1000, 2000), PortRange(3000, 3000)]


def test_tls_of_the_dashboard_needs_its_switch() -> None:
    files = ("--dashboard_tls_cert_file", "c", "--dashboard_tls_key_file", "k")
    assert frps(*files).web_server.tls is None
    assert frps("--dashboard_tls_mode", *files).web_server.tls == TlsFiles(cert_file="c", key_file="k")
    assert frps("--dashboard_tls_mode=false", *files).web_server.tls is None


COMMON = [
    (["--server_addr", "x"], "server_addr", "x"),
    (["-s", "x"], "server_addr", "x"),
    (["--server_port", "1"], "server_port", 1),
    (["-P", "1"], "server_port", 1),
    (["--protocol", "kcp"], "transport.protocol", "kcp"),
    (["-p", "kcp"], "transport.protocol", "kcp"),
    (["--user", "x"], "user", "x"),
    (["-u", "x"], "user", "x"),
    (["--client-id", "x"], "client_id", "x"),
    (["--token", "x"], "auth.token", "x"),
    (["-t", "x"], "auth.token", "x"),
    (["--log_level", "warn"], "log.level", "warn"),
    (["--log_format", "json"], "log.format", "json"),
    (["--log_file", "x"], "log.to", "x"),
    (["--log_max_days", "1"], "log.max_days", 1),
    (["--disable_log_color"], "log.disable_print_color", True),
    (["--tls_enable=false"], "transport.tls.enable", False),
    (["--tls_server_name", "x"], "transport.tls.server_name", "x"),
    (["--dns_server", "x"], "dns_server", "x"),
]


@pytest.mark.parametrize(("words", "path", "value"), COMMON)
@pytest.mark.parametrize("kind", PROXY_OPTIONS)
def test_a_common_flag_sets_its_option(kind: str, words: list[str], path: str, value: object) -> None:
    assert changed(proxy(kind, *words), proxy(kind)) == {path: value}


@pytest.mark.parametrize(("words", "path", "value"), COMMON)
def test_a_visitor_takes_common_flags_before_and_after_its_name(words: list[str], path: str, value: object) -> None:
    assert changed(visitor("stcp", "visitor", *words), visitor("stcp", "visitor")) == {path: value}
    assert visitor("stcp", *words, "visitor") == visitor("stcp", "visitor", *words)


ALL = "tcp udp http https tcpmux stcp sudp xtcp"
FLAGS_OF_PROXIES = [
    (ALL, ["--proxy_name", "x"], "name", "x"),
    (ALL, ["-n", "x"], "name", "x"),
    (ALL, ["--local_ip", "x"], "local_ip", "x"),
    (ALL, ["-i", "x"], "local_ip", "x"),
    (ALL, ["--local_port", "1"], "local_port", 1),
    (ALL, ["-l", "1"], "local_port", 1),
    (ALL, ["--ue"], "transport.use_encryption", True),
    (ALL, ["--uc"], "transport.use_compression", True),
    (ALL, ["--bandwidth_limit", "1MB"], "transport.bandwidth_limit", Bandwidth.parse("1MB")),
    (ALL, ["--bandwidth_limit_mode", "server"], "transport.bandwidth_limit_mode", "server"),
    (ALL, ["--metadatas", "a=1,b=2"], "metadatas", {"a": "1", "b": "2"}),
    (ALL, ["--annotations", "a=1"], "annotations", {"a": "1"}),
    ("tcp udp", ["--remote_port", "1"], "remote_port", 1),
    ("tcp udp", ["-r", "1"], "remote_port", 1),
    ("http https tcpmux", ["--custom_domain", "a,b"], "custom_domains", ["a", "b"]),
    ("http https tcpmux", ["-d", "a", "-d", "b"], "custom_domains", ["a", "b"]),
    ("http https tcpmux", ["--sd", "x"], "subdomain", "x"),
    ("http", ["--locations", "/a,/b"], "locations", ["/a", "/b"]),
    ("http tcpmux", ["--http_user", "x"], "http_user", "x"),
    ("http tcpmux", ["--http_pwd", "x"], "http_password", "x"),
    ("http", ["--host_header_rewrite", "x"], "host_header_rewrite", "x"),
    ("tcpmux", ["--mux", "httpconnect"], "multiplexer", "httpconnect"),
    ("stcp sudp xtcp", ["--sk", "x"], "secret_key", "x"),
    ("stcp sudp xtcp", ["--allow_users", "a,b"], "allow_users", ["a", "b"]),
]


@pytest.mark.parametrize(("kinds", "words", "path", "value"), FLAGS_OF_PROXIES)
def test_a_proxy_flag_sets_its_option(kinds: str, words: list[str], path: str, value: object) -> None:
    for kind in kinds.split():
        assert changed(proxy(kind, *words), proxy(kind)) == {f"proxies.0.{path}": value}


@pytest.mark.parametrize("kind", PROXY_OPTIONS)
def test_each_type_takes_its_own_flags_and_no_others(kind: str) -> None:
    wanted = {words[0].lstrip("-").replace("_", "-") for kinds, words, *_ in FLAGS_OF_PROXIES if kind in kinds.split()}
    flags = {row.flag.name for row in PROXY_OPTIONS[kind]} | {row.flag.short for row in PROXY_OPTIONS[kind]} - {""}
    assert flags == wanted
    assert proxy(kind).proxies[0].type == kind


@pytest.mark.parametrize("kind", ["stcp", "sudp", "xtcp"])
@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        (["--visitor_name", "x"], "name", "x"),
        (["-n", "x"], "name", "x"),
        (["--server_name", "x"], "server_name", "x"),
        (["--server-user", "x"], "server_user", "x"),
        (["--sk", "x"], "secret_key", "x"),
        (["--bind_addr", "x"], "bind_addr", "x"),
        (["--bind_port", "1"], "bind_port", 1),
        (["--ue"], "transport.use_encryption", True),
        (["--uc"], "transport.use_compression", True),
    ],
)
def test_a_visitor_flag_sets_its_option(kind: str, words: list[str], path: str, value: object) -> None:
    after, before = visitor(kind, "visitor", *words), visitor(kind, "visitor")
    assert changed(after, before) == {f"visitors.0.{path}": value}
    assert after.visitors[0].type == kind
    assert after.proxies == []
