from frpg.client.proxies.https import HttpsProxy
from frpg.config.proxies import HttpsProxyConfig
from frpg.proto.messages import NewProxy
from tests.unit.client.proxies.test_base import Bench


def test_the_announcement_has_the_host_names_and_nothing_else() -> None:
    config = HttpsProxyConfig(name="web", custom_domains=["a.test"], subdomain="b")
    config.transport.proxy_protocol_version = "v1"
    assert Bench(config, HttpsProxy).proxy.announcement() == NewProxy(
        proxy_name="web", proxy_type="https", custom_domains=["a.test"], subdomain="b"
    )
