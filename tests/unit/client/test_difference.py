from frpg.client.difference import difference
from frpg.config.plugins import Socks5Plugin
from frpg.config.proxies import ProxyConfig, TcpProxyConfig, UdpProxyConfig


def ssh(**options: object) -> ProxyConfig:
    return TcpProxyConfig(name="ssh", local_port=22, **options)  # type: ignore[arg-type]


def names(running: list[ProxyConfig], wanted: list[ProxyConfig]) -> tuple[list[str], list[str]]:
    gone, new = difference({config.name: config for config in running}, wanted)
    return gone, [config.name for config in new]


def test_an_equal_configuration_changes_nothing() -> None:
    assert names([ssh(annotations={"a": "1"})], [ssh(annotations={"a": "1"})]) == ([], [])


def test_what_comes_and_what_goes() -> None:
    assert names([ssh()], [TcpProxyConfig(name="web")]) == (["ssh"], ["web"])
    assert names([], [TcpProxyConfig(name="b"), TcpProxyConfig(name="a")]) == ([], ["b", "a"])


def test_a_change_deep_inside_is_one() -> None:
    changed = ssh()
    changed.health_check.path = "/"
    for other in (changed, ssh(metadatas={"a": "1"}), ssh(annotations={"a": "1"}), ssh(plugin=Socks5Plugin())):
        assert names([ssh()], [other]) == (["ssh"], ["ssh"])


def test_another_type_of_the_same_options_is_a_change() -> None:
    assert names([TcpProxyConfig(name="dns", type="")], [UdpProxyConfig(name="dns", type="")]) == (["dns"], ["dns"])
