"""The checks, as `verify` shows them for files in TOML."""

from __future__ import annotations

import pytest

from frpg.config.client import default_client
from frpg.config.proxies import HttpProxyConfig, TcpmuxProxyConfig
from frpg.config.server import default_server
from frpg.config.validate import validate_server
from frpg.config.validate_client import validate_client
from frpg.config.visitors import StcpVisitorConfig
from frpg.errors import ConfigError
from tests.unit.config.conftest import Faults, LoadClient, LoadServer

UNSAFE = (
    'unsafe feature "TokenSourceExec" is not enabled. '
    "To enable it, ensure it is allowed in the configuration or command line flags"
)
OPS = "optional values are [Login NewProxy CloseProxy Ping NewWorkConn NewUserConn]"
PROXY = '[[proxies]]\nname = "p"\ntype = "tcp"\n'
VISITOR = '[[visitors]]\nname = "v"\ntype = "xtcp"\nserverName = "s"\nbindPort = 1\n'

BOTH = [
    ('auth.method = "x"', "auth.method: invalid auth method, optional values are [token oidc]"),
    (
        'auth.additionalScopes = ["HeartBeats", "x"]',
        "auth.additionalScopes: invalid auth additional scopes, optional values are [HeartBeats NewWorkConns]",
    ),
    (
        'auth.token = "a"\nauth.tokenSource = { type = "file", file = { path = "p" } }',
        "auth.tokenSource: cannot specify both auth.token and auth.tokenSource",
    ),
    ('auth.tokenSource = { type = "exec", exec = { command = "c" } }', f"auth.tokenSource.type: {UNSAFE}"),
    (
        'auth.tokenSource.type = "x"',
        "auth.tokenSource.type: invalid auth.tokenSource: "
        "unsupported value source type: x (only 'file' and 'exec' are supported)",
    ),
    (
        'auth.tokenSource.type = "file"',
        "auth.tokenSource.file: invalid auth.tokenSource: file configuration is required when type is 'file'",
    ),
    (
        'auth.tokenSource = { type = "file", file = {} }',
        "auth.tokenSource.file.path: invalid auth.tokenSource: file path cannot be empty",
    ),
    ('log.format = "JSON"', "log.format: invalid log format, optional values are [text json]"),
    ('log.level = "INFO"', "log.level: invalid log level, optional values are [trace debug info warn error]"),
    (
        'webServer.tls.keyFile = "k"',
        "webServer.tls.certFile: tls.certFile must be specified when tls is enabled",
    ),
    ('webServer.tls.certFile = "c"', "webServer.tls.keyFile: tls.keyFile must be specified when tls is enabled"),
    ("webServer.port = -1", "webServer.port: port number -1 must be in the range 0..65535"),
]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *BOTH,
        *(
            (f"{key} = {port}", f"{key}: port number {port} must be in the range 0..65535")
            for key in ("bindPort", "kcpBindPort", "quicBindPort", "vhostHTTPPort", "vhostHTTPSPort")
            for port in (-1, 65536)
        ),
        ("tcpmuxHTTPConnectPort = 70000", "tcpmuxHTTPConnectPort: port number 70000 must be in the range 0..65535"),
        *(
            (
                f'vhostTrustedProxies = ["10.0.0.0/8", "{text}"]',
                f"vhostTrustedProxies[1]: {text} is neither an address nor a network, such as 10.0.0.0/8",
            )
            for text in ("", "x", "10.0.0.0/33", "proxy.test", "10.0.0.1:80", "[::1]", "10.0.0.0 / 8")
        ),
        (
            '[[httpPlugins]]\nops = ["Login"]\n[[httpPlugins]]\nops = ["x", "y"]',
            f"httpPlugins[1].ops: invalid http plugin ops, {OPS}",
        ),
        (
            "[[httpPlugins]]\ntimeoutSeconds = 0",
            "httpPlugins[0].timeoutSeconds: 0 is no time to answer in, write 1 or more",
        ),
        (
            '[[pythonPlugins]]\nplugin = "m:C"\nops = ["login"]',
            f"pythonPlugins[0].ops: invalid python plugin ops, {OPS}",
        ),
        (
            '[[pythonPlugins]]\nname = "n"',
            "pythonPlugins[0].plugin: name a class as package.module:Class, or an entry point",
        ),
        (
            '[[pythonPlugins]]\nplugin = "m:C"\ntimeoutSeconds = -1',
            "pythonPlugins[0].timeoutSeconds: -1 is no time to answer in, write 1 or more",
        ),
    ],
)
def test_faults_of_frps(server_faults: Faults, text: str, fault: str) -> None:
    assert server_faults(text) == [f"frps.toml: {fault}"]


def test_addresses_and_networks_of_trusted_proxies(frps: LoadServer) -> None:
    proxies = ["10.0.0.1", "10.1.2.3/8", "::1", "2001:db8::/32"]
    assert frps(f"vhostTrustedProxies = {proxies}").config.vhost_trusted_proxies == proxies


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *BOTH,
        (
            'transport.protocol = "x"',
            "transport.protocol: invalid transport.protocol, optional values are [tcp kcp quic websocket wss]",
        ),
        (
            'transport.wireProtocol = "v3"',
            "transport.wireProtocol: invalid transport.wireProtocol, optional values are [v1 v2 auto]",
        ),
        (
            "transport.heartbeatInterval = 30\ntransport.heartbeatTimeout = 29",
            "transport.heartbeatTimeout: invalid transport.heartbeatTimeout, "
            "heartbeat timeout should not less than heartbeat interval",
        ),
        ('includes = ["./none/*.toml"]', "includes[0]: include: directory of ./none/*.toml not exist"),
        (
            'virtualNet.address = "100.86.0.1/24"',
            "virtualNet.address: VirtualNet feature is not enabled; "
            "enable it by setting the appropriate feature gate flag (featureGates.VirtualNet = true)",
        ),
        (
            "featureGates.Foo = true",
            "featureGates.Foo: unrecognized feature gate: Foo, optional values are [VirtualNet]",
        ),
        (
            'auth.oidc.scope = "s"\nauth.oidc.tokenSource = { type = "file", file = { path = "p" } }',
            "auth.oidc.tokenSource: cannot specify both auth.oidc.tokenSource and any other field of auth.oidc",
        ),
        (
            "auth.oidc.tokenSource = {}",
            "auth.oidc.tokenSource.type: invalid auth.oidc.tokenSource: "
            "unsupported value source type:  (only 'file' and 'exec' are supported)",
        ),
        (
            'auth.method = "oidc"\nauth.oidc.clientID = "c"',
            "auth.oidc.tokenEndpointURL: auth.oidc.tokenEndpointURL is required",
        ),
        (
            'auth.method = "oidc"\nauth.oidc.tokenEndpointURL = "https://h/"',
            "auth.oidc.clientID: auth.oidc.clientID is required",
        ),
        *(
            (f'auth.method = "oidc"\nauth.oidc.clientID = "c"\nauth.oidc.tokenEndpointURL = "{url}"', fault)
            for url, fault in [
                (
                    "h/token",
                    "auth.oidc.tokenEndpointURL: auth.oidc.tokenEndpointURL must be an absolute http or https URL",
                ),
                ("ftp://h/", "auth.oidc.tokenEndpointURL: auth.oidc.tokenEndpointURL must use http or https"),
            ]
        ),
        (
            'auth.method = "oidc"\nauth.oidc.clientID = "c"\nauth.oidc.tokenEndpointURL = "https://h/"\n'
            'auth.oidc.additionalEndpointParams.scope = "s"',
            "auth.oidc.additionalEndpointParams.scope: "
            "auth.oidc.additionalEndpointParams.scope is not allowed; use auth.oidc.scope instead",
        ),
        (
            'auth.method = "oidc"\nauth.oidc.clientID = "c"\nauth.oidc.tokenEndpointURL = "https://h/"\n'
            'auth.oidc.audience = "a"\nauth.oidc.additionalEndpointParams.audience = "s"',
            "auth.oidc.audience: "
            "cannot specify both auth.oidc.audience and auth.oidc.additionalEndpointParams.audience",
        ),
    ],
)
def test_faults_of_frpc(client_faults: Faults, text: str, fault: str) -> None:
    assert client_faults(text) == [f"frpc.toml: {fault}"]


def test_all_faults_of_all_parts_come_together(client_faults: Faults) -> None:
    text = """
    auth.method = "x"
    serverPort = "7000"
    log.level = "x"
    [[proxies]]
    name = "a"
    type = "http"
    localPort = 99999
    remotPort = 1
    [[proxies]]
    type = "zzz"
    [[visitors]]
    type = "stcp"
    """
    assert [line.split(": ")[1] for line in client_faults(text)] == [
        "serverPort",
        "auth.method",
        "log.level",
        "proxies[0].remotPort",
        "proxies[0].localPort",
        "proxies[0].customDomains",
        "proxies[1].type",
        "visitors[0].name",
        "visitors[0].serverName",
        "visitors[0].bindPort",
    ]


def test_an_option_of_the_wrong_type_is_not_reported_as_missing_too(client_faults: Faults) -> None:
    text = '[[proxies]]\nname = 5\ntype = "http"\ncustomDomains = "d"\nplugin = { type = "tls2raw", localAddr = 5 }'
    assert [line.split(": ")[1] for line in client_faults(text)] == [
        "proxies[0].name",
        "proxies[0].customDomains",
        "proxies[0].plugin.localAddr",
    ]


def test_exec_sources_are_checked_when_they_are_allowed(client_faults: Faults, frpc: LoadClient) -> None:
    text = 'auth.tokenSource = { type = "exec", exec = { command = "", env = [{ name = "" }, { name = "a=b" }] } }'
    assert client_faults(text, allow_unsafe=["TokenSourceExec"]) == [
        "frpc.toml: auth.tokenSource.exec.command: invalid auth.tokenSource: exec command cannot be empty",
        "frpc.toml: auth.tokenSource.exec.env[0].name: invalid auth.tokenSource: exec env name cannot be empty",
        "frpc.toml: auth.tokenSource.exec.env[1].name: invalid auth.tokenSource: exec env name cannot contain '='",
    ]
    assert client_faults('auth.tokenSource.type = "exec"', allow_unsafe=["TokenSourceExec"]) == [
        "frpc.toml: auth.tokenSource.exec: invalid auth.tokenSource: exec configuration is required when type is 'exec'"
    ]
    good = 'auth.tokenSource = { type = "exec", exec = { command = "c", args = ["a"] } }'
    assert frpc(good, allow_unsafe=["TokenSourceExec"]).warnings == []


def test_warnings(frps: LoadServer, frpc: LoadClient) -> None:
    text = 'transport.tls = { enable = false, certFile = "c", keyFile = "k", trustedCaFile = "a" }\n'
    assert frpc(text).warnings == [
        f"frpc.toml: transport.tls.{key}: transport.tls.{key} is invalid when transport.tls.enable is false"
        for key in ("certFile", "keyFile", "trustedCaFile")
    ]
    text = f"serverPort = 70000\n{PROXY}remotePort = 70000\n{VISITOR.replace('= 1', '= 70000')}"
    assert [line.split(": ")[1] for line in frpc(text).warnings] == [
        "serverPort",
        "proxies[0].remotePort",
        "visitors[0].bindPort",
    ]
    assert [
        line.split(": ")[1] for line in frps("allowPorts = [{ start = 2, end = 1 }, {}, { single = 1 }]").warnings
    ] == [
        "allowPorts[0]",
        "allowPorts[1]",
    ]


def test_the_url_of_a_proxy_is_not_shown(frpc: LoadClient) -> None:
    (warning,) = frpc('transport.proxyURL = "ftp://u:s3cret@h:1"').warnings
    assert warning == 'frpc.toml: transport.proxyURL: has no scheme of http https socks5 ntlm, write "http://host:port"'


def test_configurations_built_from_flags() -> None:
    server = default_server()
    assert validate_server(server) == []
    server.bind_port, server.log.level = 70000, "x"
    with pytest.raises(ConfigError) as caught:
        validate_server(server)
    assert caught.value.faults == [
        "log.level: invalid log level, optional values are [trace debug info warn error]",
        "bindPort: port number 70000 must be in the range 0..65535",
    ]
    client = default_client({})
    client.proxies = [HttpProxyConfig(), TcpmuxProxyConfig(name="m", subdomain="s")]
    client.visitors = [StcpVisitorConfig()]
    with pytest.raises(ConfigError) as caught:
        validate_client(client)
    assert caught.value.faults == [
        "name: name should not be empty",
        "customDomains: subdomain and custom domains should not be both empty",
        "multiplexer: not support multiplexer: , use httpconnect",
        "name: name is required",
        "serverName: server name is required",
        "bindPort: bind port is required",
    ]
