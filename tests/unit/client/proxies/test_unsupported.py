from frpg import __version__
from frpg.client.proxies import make_proxy
from frpg.client.proxies.unsupported import UnsupportedProxy
from frpg.config.plugins import VirtualNetPlugin
from frpg.config.proxies import HealthCheckConfig, StcpProxyConfig, TcpProxyConfig
from tests.unit.client.proxies.test_base import Bench

LATER = f"not supported yet in frpg {__version__}"


def test_it_says_what_is_missing_and_nothing_to_the_server() -> None:
    bench = Bench()
    config = StcpProxyConfig(
        name="a", local_port=1, plugin=VirtualNetPlugin(), health_check=HealthCheckConfig(type="tcp")
    )
    proxy = make_proxy(config, bench.proxy.context)
    assert isinstance(proxy, UnsupportedProxy)
    proxy.start()
    bench.clock.now += 100
    proxy.evaluate()
    assert (proxy.phase, proxy.error) == ("start error", f"type stcp: {LATER}; plugin virtual_net: {LATER}")
    assert not proxy.is_serving
    proxy.close()
    assert proxy.phase == "closed"
    assert bench.take() == []


def test_what_can_run_is_made() -> None:
    assert not isinstance(make_proxy(TcpProxyConfig(name="a"), Bench().proxy.context), UnsupportedProxy)
