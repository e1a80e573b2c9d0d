from frpg.client.restart import need_restart
from frpg.config.client import ClientConfig, default_client
from frpg.config.common import TlsFiles
from frpg.config.proxies import TcpProxyConfig


def changed(**options: object) -> ClientConfig:
    config = default_client({})
    for name, value in options.items():
        setattr(config, name, value)
    return config


def test_the_same_options_need_nothing() -> None:
    assert need_restart(default_client({}), default_client({})) == []


def test_what_a_reload_applies_needs_nothing() -> None:
    new = changed(proxies=[TcpProxyConfig(name="a")], start=["a"], includes=["x/*.toml"])
    assert need_restart(default_client({}), new) == []


def test_every_other_change_is_named_by_its_key_and_without_its_value() -> None:
    new = changed(server_addr="a.test", metadatas={"key": "secret"})
    new.auth.token = "secret"
    new.transport.tls.trusted_ca_file = "ca"
    new.web_server.tls = TlsFiles(cert_file="c")
    assert need_restart(default_client({}), new) == [
        "auth.token",
        "serverAddr",
        "webServer.tls",
        "transport.tls.trustedCaFile",
        "metadatas",
    ]
