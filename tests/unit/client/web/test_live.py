import time

from frpg import FRP_VERSION, __version__
from frpg.proto.messages import StartWorkConn
from tests.support.fake_frps import RUN_ID, eventually
from tests.support.services import backlog
from tests.unit.client.web.conftest import SSH, MakeDesk


def test_all_that_the_pages_show(make_desk: MakeDesk) -> None:
    desk = make_desk(user="alice", clientID="c1")
    before = int(time.time())
    desk.run()
    live = desk.api.get("/api/live")
    assert live["now"] >= before
    assert before <= live["startedAt"] <= live["client"].pop("since") <= live["now"]
    assert live["client"] == {
        "user": "alice",
        "clientID": "c1",
        "runID": RUN_ID,
        "version": __version__,
        "frpVersion": FRP_VERSION,
        "server": f"127.0.0.1:{desk.server.port}",
        "protocol": "tcp",
        "wireProtocol": "v2",
        "connected": True,
        "error": "",
    }
    assert live["config"] == {"path": str(desk.file), "store": True}
    assert set(live["process"]) == {"cpuPercent", "memoryBytes", "openFiles", "openFilesLimit", "greenlets", "threads"}
    assert live["process"]["memoryBytes"] > 1_000_000
    assert live["proxies"] == [
        {
            "name": "ssh",
            "type": "tcp",
            "status": "running",
            "err": "",
            "localAddr": "127.0.0.1:22",
            "plugin": "",
            "remoteAddr": "127.0.0.1:6000",
            "source": "config",
            "enabled": True,
            "trafficIn": 0,
            "trafficOut": 0,
            "conns": 0,
        }
    ]
    assert live["visitors"] == []
    assert [set(sample) for sample in live["samples"]] == [{"at", "in", "out", "conns"}]
    assert desk.api.get(f"/api/live?since={live['samples'][0]['at']}")["samples"] == []
    assert len(desk.api.get("/api/live?since=yesterday")["samples"]) == 1


def test_traffic_and_connections_as_they_move(make_desk: MakeDesk) -> None:
    with backlog() as local:
        desk = make_desk(proxies=[{**SSH, "localPort": local.port}])
        control = desk.run()
        work = control.work()
        work.send(StartWorkConn(proxy_name="ssh"))
        stream = work.detach()
        stream.sendall(b"x" * 1000)
        with local.accept() as served:
            served.sendall(b"y" * 500)
            assert stream.recv_exact(500) == b"y" * 500
            (row,) = desk.api.get("/api/live")["proxies"]
            assert (row["trafficIn"], row["trafficOut"], row["conns"]) == (1000, 500, 1)
            text = desk.api.ask("GET", "/metrics").text
            assert 'frpg_client_traffic_in{name="ssh",type="tcp"} 1000\n' in text
            assert 'frpg_client_connections{name="ssh",type="tcp"} 1\n' in text
            assert 'frpg_client_proxy_up{name="ssh",type="tcp"} 1\n' in text
            assert "frpg_client_connected 1\n" in text
            assert "frpg_client_logins_total 1\n" in text
        stream.close()
        assert eventually(lambda: desk.api.get("/api/live")["proxies"][0]["conns"] == 0)
        desk.server.drop_all()
        control = desk.server.next_control()
        control.start_proxy()
        (row,) = desk.api.get("/api/live")["proxies"]
        assert (row["trafficIn"], row["trafficOut"]) == (1000, 500)


def test_no_secret_is_told(make_desk: MakeDesk) -> None:
    proxy = {**SSH, "metadatas": {"a": "hidden1"}, "loadBalancer": {"groupKey": "hidden2"}, "type": "http"}
    proxy |= {"httpPassword": "hidden3", "customDomains": ["a.test"]}
    desk = make_desk(proxies=[proxy], metadatas={"a": "hidden4"})
    desk.run()
    for path in ("/api/live", "/api/status", "/metrics"):
        text = desk.api.ask("GET", path).text
        assert "hidden" not in text
        assert "pässword" not in text
