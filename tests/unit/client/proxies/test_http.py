from frpg.client.proxies.http import HttpProxy
from frpg.config.common import HeaderOperations
from frpg.config.proxies import HttpProxyConfig
from frpg.proto.messages import NewProxy
from tests.unit.client.proxies.test_base import Bench


def test_the_announcement_has_all_that_the_server_does_to_requests() -> None:
    config = HttpProxyConfig(
        name="web",
        custom_domains=["a.test", "*.b.test"],
        subdomain="c",
        locations=["/", "/x"],
        http_user="user",
        http_password="password",
        host_header_rewrite="inside.test",
        request_headers=HeaderOperations(set={"X-One": "1"}),
        response_headers=HeaderOperations(set={"X-Two": "2"}),
        route_by_http_user="route",
    )
    assert Bench(config, HttpProxy, user="alice").proxy.announcement() == NewProxy(
        proxy_name="alice.web",
        proxy_type="http",
        custom_domains=["a.test", "*.b.test"],
        subdomain="c",
        locations=["/", "/x"],
        http_user="user",
        http_pwd="password",
        host_header_rewrite="inside.test",
        headers={"X-One": "1"},
        response_headers={"X-Two": "2"},
        route_by_http_user="route",
    )


def test_the_server_is_told_that_the_service_reads_a_proxy_protocol_header() -> None:
    config = HttpProxyConfig(name="web", subdomain="a")
    config.transport.proxy_protocol_version = "v2"
    announced = Bench(config, HttpProxy).proxy.announcement()
    assert announced == NewProxy(proxy_name="web", proxy_type="http", subdomain="a", proxy_protocol_version="v2")
