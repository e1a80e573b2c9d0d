"""A real Prometheus server scrapes both programs, and promtool looks at what it gets and at our example files."""

import json
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.admin import PASSWORD, USER, AdminApi, admin_options
from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.tools import need, run
from tests.support.users import tcp_echoes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.program, pytest.mark.usefixtures("frpg_only")]
EXAMPLES = Path(__file__).parents[3] / "conf/prometheus"
PAYLOAD = b"x" * 4321
# frp's names have no _total, and a name is a contract.
UPSTREAM = 'counter metrics should have "_total" suffix'


class Pair(NamedTuple):
    """The web ports of a server and its client, and the tunnel between."""

    frps: AdminApi
    frpc: AdminApi
    proxy: dict[str, Any]


@pytest.fixture
def pair(lab: Lab) -> Pair:
    """One tunnel through which PAYLOAD has gone both ways."""
    ports = free_port(), free_port()
    server = lab.frps({"enablePrometheus": True, **admin_options(ports[0])})
    proxy = tcp_proxy('say "hi"\\', lab.tcp_echo())
    lab.frpc(server.port, [proxy], admin_options(ports[1]))
    pair = Pair(AdminApi(ports[0]), AdminApi(ports[1]), proxy)
    assert tcp_echoes(proxy["remotePort"], PAYLOAD)
    for api, family in ((pair.frps, "frp_server_connection_counts"), (pair.frpc, "frpg_client_connections")):
        series = f'{family}{{name="say \\"hi\\"\\\\",type="tcp"}} 0'
        eventually(lambda api=api, series=series: series in scrape(api).splitlines())  # type: ignore[misc]
    return pair


def scrape(api: AdminApi) -> str:
    answer = api.ask("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def complaints(text: str) -> list[str]:
    """What promtool says about a scrape."""
    (promtool,) = need("promtool")
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr  # 3: it has advice
    return done.stderr.splitlines() + done.stdout.splitlines()


def test_promtool_has_nothing_to_say_but_about_names_of_frp(pair: Pair) -> None:
    for api, prefix in ((pair.frps, "frp_server_traffic"), (pair.frpc, "frpg_client_traffic")):
        assert complaints(scrape(api)) == [f"{prefix}_in {UPSTREAM}", f"{prefix}_out {UPSTREAM}"]


def test_promtool_would_complain(pair: Pair) -> None:
    assert "frpg_x_count" in "\n".join(complaints("# TYPE frpg_x_count gauge\nfrpg_x_count 1\n"))


class Prometheus:
    """A server that scrapes every second, once its targets are there."""

    def __init__(self, lab: Lab, jobs: dict[str, int]) -> None:
        (program,) = need("prometheus")
        self._port = free_port()
        secret = lab.write("web.password", PASSWORD)
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [
                {
                    "job_name": job,
                    "basic_auth": {"username": USER, "password_file": str(secret)},
                    "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
                }
                for job, port in jobs.items()
            ],
        }
        file = lab.write("prometheus.yml", json.dumps(config))  # JSON is YAML
        self.program = lab.command(
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={lab.folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
        )
        self.program.wait_for("Server is ready to receive web requests")

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """(labels, value) of each series."""
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/query?{query}", timeout=10) as answer:
            found = json.load(answer)["data"]["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]


def test_prometheus_scrapes_both_programs(lab: Lab, pair: Pair) -> None:
    prometheus = Prometheus(lab, {"frps": pair.frps.port, "frpc": pair.frpc.port})
    eventually(lambda: len(prometheus.query("up == 1")) == 2, timeout=30.0, what=prometheus.program.text)
    who = {"name": pair.proxy["name"], "type": "tcp"}
    for name in (
        "frp_server_traffic_in",
        "frp_server_traffic_out",
        "frpg_client_traffic_in",
        "frpg_client_traffic_out",
    ):
        ((labels, value),) = prometheus.query(name)
        assert who.items() <= labels.items()
        assert value == len(PAYLOAD)
    for expression, value in (
        ("frp_server_client_counts", 1),
        ('frp_server_proxy_counts{type="tcp"}', 1),
        ("frp_server_proxy_counts_detailed", 1),
        ('frpg_server_relay_bytes_total{direction="in"}', len(PAYLOAD)),
        ("frpg_server_sessions_total", 1),
        ("frpg_client_connected", 1),
        ("frpg_client_logins_total", 1),
        ("frpg_client_proxy_up", 1),
    ):
        assert [found for _, found in prometheus.query(expression)] == [value], expression
    assert all(value > 1e7 for _, value in prometheus.query("process_resident_memory_bytes"))
    assert len(prometheus.query("process_open_fds / process_max_fds < 0.5")) == 2


def test_without_the_password_there_is_nothing_to_scrape(pair: Pair) -> None:
    for api in (pair.frps, pair.frpc):
        assert AdminApi(api.port, None).ask("GET", "/metrics").status == 401


def test_a_server_that_was_not_asked_for_it_has_no_metrics(lab: Lab) -> None:
    port = free_port()
    lab.frps(admin_options(port))
    assert AdminApi(port).ask("GET", "/metrics").status == 404


# --- the example files


def test_promtool_accepts_the_examples(tmp_path: Path) -> None:
    (promtool,) = need("promtool")
    for name in ("prometheus.yml", "frpg.rules.yml"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text())
    for name in ("frps.password", "frpc.password"):
        (tmp_path / name).write_text("secret")
    report = run(promtool, "check", "config", str(tmp_path / "prometheus.yml"))
    assert "SUCCESS: 10 rules found" in report, report


FRPS = 'instance="s",job="frps"'
FRPC = 'instance="c",job="frpc"'
WAITED, SECONDS = (f"frpg_server_work_connection_{name}_total{{{FRPS}}}" for name in ("waits", "wait_seconds"))
IN_VAIN = f"frpg_server_work_connection_timeouts_total{{{FRPS}}}"
PROXY_UP, CONNECTED = f'frpg_client_proxy_up{{{FRPC},name="ssh",type="tcp"}}', f"frpg_client_connected{{{FRPC}}}"


@pytest.mark.parametrize(
    ("alert", "series", "fires"),
    [
        ("FrpsDown", {f"up{{{FRPS}}}": "0x20"}, True),
        ("FrpsDown", {f"up{{{FRPC}}}": "0x20"}, False),
        ("FrpcDown", {f"up{{{FRPC}}}": "0x20"}, True),
        ("FrpsProxyGone", {f'frp_server_proxy_counts_detailed{{{FRPS},name="a",type="tcp"}}': "1x5 0x20"}, True),
        ("FrpsProxyGone", {f'frp_server_proxy_counts_detailed{{{FRPS},name="a",type="tcp"}}': "1x20"}, False),
        ("FrpsNoWorkConnections", {IN_VAIN: "0+1x20"}, True),
        ("FrpsNoWorkConnections", {IN_VAIN: "7x20"}, False),
        ("FrpsSlowWorkConnections", {SECONDS: "0+30x20", WAITED: "0+10x20"}, True),
        ("FrpsSlowWorkConnections", {SECONDS: "0+3x20", WAITED: "0+10x20"}, False),
        ("FrpsSlowWorkConnections", {SECONDS: "5x20", WAITED: "9x20"}, False),
        ("FrpsRefusedLogins", {f'frpg_server_refusals_total{{{FRPS},what="login"}}': "0+60x20"}, True),
        ("FrpsRefusedLogins", {f'frpg_server_refusals_total{{{FRPS},what="http"}}': "0+60x20"}, False),
        ("FrpsLogLinesLost", {f"frpg_server_log_lines_lost_total{{{FRPS}}}": "0x10 5x10"}, True),
        ("FrpcNotConnected", {CONNECTED: "0x20"}, True),
        ("FrpcNotConnected", {CONNECTED: "1x20"}, False),
        ("FrpcProxyDown", {PROXY_UP: "0x20", CONNECTED: "1x20"}, True),
        ("FrpcProxyDown", {PROXY_UP: "0x20", CONNECTED: "0x20"}, False),
        (
            "FrpgDescriptorsShort",
            {f"process_open_fds{{{FRPC}}}": "900x20", f"process_max_fds{{{FRPC}}}": "1024x20"},
            True,
        ),
        (
            "FrpgDescriptorsShort",
            {f"process_open_fds{{{FRPC}}}": "90x20", f"process_max_fds{{{FRPC}}}": "1024x20"},
            False,
        ),
    ],
)
def test_an_alert_of_the_examples(tmp_path: Path, alert: str, series: dict[str, str], fires: bool) -> None:
    (promtool,) = need("promtool")
    question = {
        "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
        "eval_time": "15m",
        "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [question],
    }
    file = tmp_path / "test.yml"
    file.write_text(json.dumps({"rule_files": [str(EXAMPLES / "frpg.rules.yml")], "tests": [test]}))
    assert "SUCCESS" in run(promtool, "test", "rules", str(file))
