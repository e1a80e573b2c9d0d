"""A scrape of frps: names, labels and values, read by the parser of Prometheus' own library."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from frpg.relay.counter import Counter
from frpg.server.pool import Waits
from frpg.server.web.metrics import Observed, metrics
from frpg.web.process import ProcessFigures


@dataclass
class Proxy:
    name: str
    type: str = "tcp"
    connections: int = 0
    is_online: bool = True
    traffic_in: Counter = field(default_factory=Counter)
    traffic_out: Counter = field(default_factory=Counter)


class Server:
    """What a scrape looks at."""

    def __init__(self) -> None:
        self.process = ProcessFigures()
        self.clients = 0
        self.active: dict[str, int] = {}
        self.total = (0, 0)
        self.sessions = 0
        self.refusals: dict[str, int] = {}
        self.strangers = 0
        self.waiting_users = 0
        self.idle_work_connections = 0
        self.waits = Waits()
        self.log_lines_lost = 0
        self.all: list[Proxy] = []

    def proxies(self) -> list[Proxy]:
        return self.all


@pytest.fixture
def server() -> Server:
    return Server()


def scrape(server: Observed) -> str:
    answer = metrics(server)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.get_data(as_text=True)


def families(text: str) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def add(server: Server, name: str, came: int = 0, went: int = 0, **more: Any) -> None:
    proxy = Proxy(name, **more)
    proxy.traffic_in.value, proxy.traffic_out.value = came, went
    server.all.append(proxy)


def test_the_families_of_frp(server: Server) -> None:
    server.clients, server.active = 2, {"tcp": 1, "http": 0}
    add(server, "alice.ssh", 1024, 88, connections=3)
    add(server, "web", 5, 6, type="http", is_online=False)
    lines = scrape(server).splitlines()
    for line in (
        "# TYPE frp_server_client_counts gauge",
        "frp_server_client_counts 2",
        "# TYPE frp_server_proxy_counts gauge",
        'frp_server_proxy_counts{type="tcp"} 1',
        'frp_server_proxy_counts{type="http"} 0',
        "# TYPE frp_server_proxy_counts_detailed gauge",
        'frp_server_proxy_counts_detailed{name="alice.ssh",type="tcp"} 1',
        'frp_server_proxy_counts_detailed{name="web",type="http"} 0',
        "# TYPE frp_server_connection_counts gauge",
        'frp_server_connection_counts{name="alice.ssh",type="tcp"} 3',
        "# TYPE frp_server_traffic_in counter",
        'frp_server_traffic_in{name="alice.ssh",type="tcp"} 1024',
        "# TYPE frp_server_traffic_out counter",
        'frp_server_traffic_out{name="web",type="http"} 6',
    ):
        assert line in lines


def test_our_families(server: Server) -> None:
    server.total, server.sessions, server.strangers = (10, 20), 7, 4
    server.refusals = {"login": 5, "http": 1}
    server.waiting_users, server.idle_work_connections, server.log_lines_lost = 2, 9, 3
    server.waits.count, server.waits.seconds, server.waits.timeouts = 8, 1.5, 1
    lines = scrape(server).splitlines()
    for line in (
        "frpg_server_strangers 4",
        "frpg_server_waiting_users 2",
        "frpg_server_idle_work_connections 9",
        "frpg_server_work_connection_waits_total 8",
        "frpg_server_work_connection_wait_seconds_total 1.5",
        "frpg_server_work_connection_timeouts_total 1",
        'frpg_server_relay_bytes_total{direction="in"} 10',
        'frpg_server_relay_bytes_total{direction="out"} 20',
        'frpg_server_refusals_total{what="login"} 5',
        'frpg_server_refusals_total{what="http"} 1',
        "frpg_server_sessions_total 7",
        "frpg_server_log_lines_lost_total 3",
        f"frpg_server_greenlets {server.process.measure().greenlets}",
    ):
        assert line in lines


def test_an_idle_server_tells_every_family(server: Server) -> None:
    found = families(scrape(server))
    names = {f"frp_server_{name}" for name in ("client_counts", "proxy_counts", "proxy_counts_detailed")}
    names |= {f"frp_server_{name}" for name in ("connection_counts", "traffic_in", "traffic_out")}
    names |= {"frpg_server_refusals", "frpg_server_relay_bytes", "process_cpu_seconds", "python_info"}
    assert names <= set(found)
    assert found["frp_server_client_counts"].samples[0].value == 0
    assert found["frp_server_proxy_counts"].samples == []


def test_names_are_families_and_types_the_right_ones(server: Server) -> None:
    add(server, "a")
    for family in families(scrape(server)).values():
        assert family.name.startswith(("frp_server_", "frpg_server_", "process_", "python_"))
        assert family.type in ("gauge", "counter")
        assert family.documentation
        if family.name.startswith("frpg_") and family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "<script>", "€", "{}", "a,b", "a b"])
def test_any_name(server: Server, name: str) -> None:
    add(server, name, 1)
    found = families(scrape(server))
    for family in ("frp_server_traffic_in", "frp_server_traffic_out", "frp_server_connection_counts"):
        (sample,) = found[family].samples
        assert sample.labels == {"name": name, "type": "tcp"}


def test_a_series_for_each_proxy_and_no_more(server: Server) -> None:
    for number in range(500):
        add(server, f"proxy{number}")
    found = families(scrape(server))
    assert len(found["frp_server_traffic_in"].samples) == 500
    rest = [family for family in found.values() if not family.samples or "name" not in family.samples[0].labels]
    assert sum(len(family.samples) for family in rest) < 30


def test_no_series_is_told_twice(server: Server) -> None:
    add(server, "a", type="tcp")
    add(server, "b", type="tcp")
    series = [line.rsplit(" ", 1)[0] for line in scrape(server).splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))
