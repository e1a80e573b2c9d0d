from frpg.client.proxies.tcpmux import TcpmuxProxy
from frpg.config.proxies import TcpmuxProxyConfig
from frpg.proto.messages import NewProxy
from tests.unit.client.proxies.test_base import Bench


def test_the_announcement_has_the_multiplexer_and_who_may_come() -> None:
    config = TcpmuxProxyConfig(
        name="ssh",
        custom_domains=["a.test"],
        multiplexer="httpconnect",
        http_user="user",
        http_password="password",
        route_by_http_user="route",
    )
    assert Bench(config, TcpmuxProxy).proxy.announcement() == NewProxy(
        proxy_name="ssh",
        proxy_type="tcpmux",
        custom_domains=["a.test"],
        multiplexer="httpconnect",
        http_user="user",
        http_pwd="password",
        route_by_http_user="route",
    )
