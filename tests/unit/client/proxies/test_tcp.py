from frpg.client.proxies.tcp import TcpProxy
from frpg.config.proxies import TcpProxyConfig
from frpg.proto.messages import NewProxy
from tests.unit.client.proxies.test_base import Bench


def test_the_announcement_has_the_port() -> None:
    bench = Bench(TcpProxyConfig(name="ssh", remote_port=6000), TcpProxy)
    assert bench.proxy.announcement() == NewProxy(proxy_name="ssh", proxy_type="tcp", remote_port=6000)


def test_a_proxy_protocol_version_is_not_announced() -> None:
    config = TcpProxyConfig(name="ssh")
    config.transport.proxy_protocol_version = "v2"
    assert Bench(config, TcpProxy).proxy.announcement() == NewProxy(proxy_name="ssh", proxy_type="tcp")
