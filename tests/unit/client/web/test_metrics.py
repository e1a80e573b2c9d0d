"""A scrape of frpc: names, labels and values, read by the parser of Prometheus' own library."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from frpg.client.web.metrics import metrics
from frpg.relay.counter import Counter
from frpg.web.process import ProcessFigures


@dataclass
class Proxy:
    name: str
    type: str = "tcp"
    connections: int = 0
    is_running: bool = True
    traffic_in: Counter = field(default_factory=Counter)
    traffic_out: Counter = field(default_factory=Counter)


class Client:
    """What a scrape looks at."""

    def __init__(self) -> None:
        self.process = ProcessFigures()
        self.is_connected = False
        self.logins = 0
        self.login_failures = 0
        self.all: list[Proxy] = []

    def proxies(self) -> list[Proxy]:
        return self.all


@pytest.fixture
def client() -> Client:
    return Client()


def scrape(client: Client) -> str:
    answer = metrics(client)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.get_data(as_text=True)


def families(text: str) -> dict[str, Any]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_all_families(client: Client) -> None:
    client.is_connected, client.logins, client.login_failures = True, 3, 2
    ssh = Proxy("ssh", connections=4)
    ssh.traffic_in.value, ssh.traffic_out.value = 1024, 88
    client.all = [ssh, Proxy("web", "http", is_running=False)]
    lines = scrape(client).splitlines()
    for line in (
        "frpg_client_connected 1",
        "frpg_client_logins_total 3",
        "frpg_client_login_failures_total 2",
        f"frpg_client_greenlets {client.process.measure().greenlets}",
        'frpg_client_proxy_up{name="ssh",type="tcp"} 1',
        'frpg_client_proxy_up{name="web",type="http"} 0',
        'frpg_client_connections{name="ssh",type="tcp"} 4',
        "# TYPE frpg_client_traffic_in counter",
        'frpg_client_traffic_in{name="ssh",type="tcp"} 1024',
        'frpg_client_traffic_out{name="ssh",type="tcp"} 88',
        'frpg_client_traffic_out{name="web",type="http"} 0',
    ):
        assert line in lines


def test_a_client_without_a_session(client: Client) -> None:
    found = families(scrape(client))
    assert found["frpg_client_connected"].samples[0].value == 0
    assert found["frpg_client_proxy_up"].samples == []
    assert found["process_resident_memory_bytes"].samples[0].value > 1e6
    assert all(name.startswith(("frpg_client_", "process_", "python_")) for name in found)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "<script>", "€"])
def test_any_name(client: Client, name: str) -> None:
    client.all = [Proxy(name)]
    (sample,) = families(scrape(client))["frpg_client_proxy_up"].samples
    assert sample.labels == {"name": name, "type": "tcp"}
