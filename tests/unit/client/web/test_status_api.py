import pytest

from frpg.proto.messages import NewProxyResp
from tests.support.fake_frps import eventually
from tests.unit.client.web.conftest import SSH, Desk, MakeDesk

HTTP = {"name": "web", "type": "http", "localPort": 0, "customDomains": ["a.test"]}


def test_the_status_of_every_type(make_desk: MakeDesk) -> None:
    desk = make_desk(proxies=[SSH, {**SSH, "name": "dns", "type": "udp", "localIP": "::1"}, HTTP])
    control = desk.log_in()
    for _ in range(3):
        name = control.receive().proxy_name  # type: ignore[union-attr]
        control.send(NewProxyResp(proxy_name=name, remote_addr="a.test:8000,b.test" if name == "web" else ":6000"))
    assert eventually(lambda: {proxy.phase for proxy in desk.client.proxies()} == {"running"})
    running = {"status": "running", "err": "", "plugin": ""}
    address = "127.0.0.1:6000"
    assert desk.api.get("/api/status") == {
        "http": [{"name": "web", "type": "http", "local_addr": "", "remote_addr": "a.test:8000,b.test", **running}],
        "tcp": [{"name": "ssh", "type": "tcp", "local_addr": "127.0.0.1:22", "remote_addr": address, **running}],
        "udp": [{"name": "dns", "type": "udp", "local_addr": "[::1]:22", "remote_addr": address, **running}],
    }


def test_a_failed_start_hides_the_address(make_desk: MakeDesk) -> None:
    desk = make_desk()
    control = desk.log_in()
    control.receive()
    control.send(NewProxyResp(proxy_name="ssh", error="port already used"))
    assert eventually(lambda: desk.client.proxies()[0].phase == "start error")
    (row,) = desk.api.get("/api/status")["tcp"]
    assert (row["status"], row["err"], row["remote_addr"]) == ("start error", "port already used", "")


def test_the_options_of_one_proxy_with_their_defaults(desk: Desk) -> None:
    assert desk.api.get("/api/proxy/ssh/config") == {
        "name": "ssh",
        "type": "tcp",
        "tcp": {
            "name": "ssh",
            "type": "tcp",
            "transport": {"bandwidthLimit": "", "bandwidthLimitMode": "client"},
            "loadBalancer": {"group": ""},
            "healthCheck": {"type": "", "intervalSeconds": 0},
            "localIP": "127.0.0.1",
            "localPort": 22,
            "plugin": None,
        },
    }


@pytest.mark.parametrize("kind", ["proxy", "visitor"])
def test_of_one_that_is_not_there(desk: Desk, kind: str) -> None:
    answer = desk.api.ask("GET", f"/api/{kind}/a%2Fb/config")
    assert (answer.status, answer.json) == (404, {"Code": 404, "Msg": f'{kind} "a/b" not found'})
