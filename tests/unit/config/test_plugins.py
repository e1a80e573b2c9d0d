from __future__ import annotations

import pytest

from frpg.config.common import HeaderOperations
from frpg.config.plugins import (
    CLIENT_PLUGINS,
    VISITOR_PLUGINS,
    ClientPlugin,
    Http2HttpPlugin,
    Http2HttpsPlugin,
    HttpProxyPlugin,
    Https2HttpPlugin,
    Https2HttpsPlugin,
    Socks5Plugin,
    StaticFilePlugin,
    Tls2RawPlugin,
    UnixDomainSocketPlugin,
    VirtualNetPlugin,
)
from tests.unit.config.conftest import Faults, LoadClient

PROXY = '[[proxies]]\nname = "p"\ntype = "tcp"\n[proxies.plugin]\n'
BRIDGE = 'localAddr = "127.0.0.1:80"\nhostHeaderRewrite = "h"\nrequestHeaders.set.X-A = "1"\n'
CERTIFICATE = 'crtPath = "c"\nkeyPath = "k"\n'
HEADERS = HeaderOperations(set={"X-A": "1"})

CASES: list[tuple[str, ClientPlugin]] = [
    ('unixPath = "/s"', UnixDomainSocketPlugin(unix_path="/s")),
    ('httpUser = "u"\nhttpPassword = "p"', HttpProxyPlugin(http_user="u", http_password="p")),
    (
        'username = "u"\npassword = "p"\nudpBindAddr = "::1"\nudpPort = 7\nudpAdvertise = "[::1]:9"',
        Socks5Plugin(username="u", password="p", udp_bind_addr="::1", udp_port=7, udp_advertise="[::1]:9"),
    ),
    (
        'localPath = "/f"\nstripPrefix = "s"\nhttpUser = "u"\nhttpPassword = "p"',
        StaticFilePlugin(local_path="/f", strip_prefix="s", http_user="u", http_password="p"),
    ),
    (BRIDGE, Http2HttpPlugin(local_addr="127.0.0.1:80", host_header_rewrite="h", request_headers=HEADERS)),
    (BRIDGE, Http2HttpsPlugin(local_addr="127.0.0.1:80", host_header_rewrite="h", request_headers=HEADERS)),
    (
        BRIDGE + CERTIFICATE + "enableHTTP2 = false",
        Https2HttpPlugin(
            local_addr="127.0.0.1:80",
            host_header_rewrite="h",
            request_headers=HEADERS,
            crt_path="c",
            key_path="k",
            enable_http2=False,
        ),
    ),
    (
        BRIDGE + CERTIFICATE,
        Https2HttpsPlugin(
            local_addr="127.0.0.1:80", host_header_rewrite="h", request_headers=HEADERS, crt_path="c", key_path="k"
        ),
    ),
    (
        'localAddr = "127.0.0.1:80"\n' + CERTIFICATE,
        Tls2RawPlugin(local_addr="127.0.0.1:80", crt_path="c", key_path="k"),
    ),
    ("", VirtualNetPlugin()),
]


@pytest.mark.parametrize(("options", "expected"), CASES, ids=lambda case: getattr(case, "type", ""))
def test_every_option_of_a_plugin_is_read(frpc: LoadClient, options: str, expected: ClientPlugin) -> None:
    (proxy,) = frpc(f'{PROXY}type = "{expected.type}"\n{options}').config.proxies
    assert proxy.plugin == expected


def test_the_types() -> None:
    assert [plugin.type for _, plugin in CASES] == list(CLIENT_PLUGINS)
    assert [cls().type for cls in CLIENT_PLUGINS.values()] == list(CLIENT_PLUGINS)
    assert [cls().type for cls in VISITOR_PLUGINS.values()] == list(VISITOR_PLUGINS)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ('type = "unix_domain_socket"', "unixPath: proxy p: plugin unix_domain_socket: unixPath is required"),
        ('type = "static_file"', "localPath: proxy p: plugin static_file: localPath is required"),
        ('type = "http2https"', "localAddr: proxy p: plugin http2https: localAddr is required"),
        ('type = "https2http"', "localAddr: proxy p: plugin https2http: localAddr is required"),
        ('type = "https2https"', "localAddr: proxy p: plugin https2https: localAddr is required"),
        ('type = "tls2raw"', "localAddr: proxy p: plugin tls2raw: localAddr is required"),
        ('type = "socks5"\nusrname = "u"', 'usrname: unknown field "usrname", did you mean "username"?'),
        ('username = "u"', f"type: plugin type is required, optional values are [{' '.join(CLIENT_PLUGINS)}]"),
        ('type = "foo"', f"type: unknown plugin type: foo, optional values are [{' '.join(CLIENT_PLUGINS)}]"),
        (
            'type = "socks5"\nudpBindAddr = "a.test"',
            "udpBindAddr: proxy p: plugin socks5: udpBindAddr a.test is no IP address",
        ),
        (
            'type = "socks5"\nudpPort = 65536',
            "udpPort: proxy p: plugin socks5: port number 65536 must be in the range 0..65535",
        ),
        ('type = "socks5"\nudpAdvertise = "a:1"', "udpAdvertise: proxy p: plugin socks5: udpAdvertise needs udpPort"),
        (
            'type = "socks5"\nudpPort = 1\nudpAdvertise = "a"',
            "udpAdvertise: proxy p: plugin socks5: udpAdvertise a is not host:port",
        ),
        (
            'type = "http2http"\nrequestHeaders.add.a = "b"',
            'requestHeaders.add: unknown field "add"',
        ),
    ],
)
def test_faults(client_faults: Faults, options: str, fault: str) -> None:
    assert client_faults(PROXY + options) == [f"frpc.toml: proxies[0].plugin.{fault}"]


@pytest.mark.parametrize("kind", ["http_proxy", "socks5", "http2http", "virtual_net"])
def test_plugins_that_need_no_option(frpc: LoadClient, kind: str) -> None:
    assert frpc(f'{PROXY}type = "{kind}"').warnings == []


@pytest.mark.parametrize("kind", ["udp", "sudp"])
def test_a_plugin_that_is_never_used_is_told(frpc: LoadClient, kind: str) -> None:
    text = PROXY.replace('type = "tcp"', f'type = "{kind}"') + 'type = "socks5"'
    assert frpc(text).warnings == [
        f"frpc.toml: proxies[0].plugin: plugin socks5 has no effect: type {kind} carries datagrams"
    ]


def test_a_plugin_takes_the_place_of_the_local_port(frpc: LoadClient) -> None:
    text = PROXY.replace('type = "tcp"', 'type = "tcp"\nlocalPort = 99999') + 'type = "socks5"'
    assert frpc(text).config.proxies[0].local_port == 99999


def test_secrets_stay_out_of_repr() -> None:
    plugins = [HttpProxyPlugin(http_password="s3cret"), Socks5Plugin(password="s3cret")]
    assert "s3cret" not in repr([*plugins, StaticFilePlugin(http_password="s3cret")])
