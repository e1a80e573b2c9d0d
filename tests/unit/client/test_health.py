import logging
import socket
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import AsyncResult
from gevent.queue import Queue

from frpg.client.health import Monitor, make_monitor
from frpg.config.proxies import HealthCheckConfig, TcpProxyConfig
from frpg.logs import prefixed
from frpg.net.address import Endpoint
from tests.support.ports import free_port
from tests.support.services import backlog

LOG = prefixed(logging.getLogger("test"), "web")


class Patient:
    """A service in words: the test says how each check ends, and when."""

    def __init__(self, max_failed: int = 0) -> None:
        self.changes: list[bool] = []
        self._outcomes: Queue[tuple[str, AsyncResult[None]]] = Queue()
        self._begun: AsyncResult[None] | None = None
        options = HealthCheckConfig(type="tcp", max_failed=max_failed)
        self.monitor = Monitor(options, self._check, self.changes.append, LOG)

    def _check(self) -> None:
        if self._begun is not None:
            self._begun.set()  # the last outcome has had its effect
        error, self._begun = self._outcomes.get()
        if error:
            raise OSError(error)

    def checks(self, *errors: str) -> list[bool]:
        """Let checks end so, "" is well; returns the changes that it made, True for the better."""
        before = len(self.changes)
        for error in errors:
            seen: AsyncResult[None] = AsyncResult()
            self._outcomes.put((error, seen))
            seen.get(timeout=5)
        return self.changes[before:]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthCheckConfig, "interval", 0.0)


@pytest.fixture
def patients() -> Iterator[list[Patient]]:
    patients: list[Patient] = []
    yield patients
    for patient in patients:
        patient.monitor.close()


def admitted(patients: list[Patient], max_failed: int = 0) -> Patient:
    patient = Patient(max_failed)
    patients.append(patient)
    patient.monitor.start()
    return patient


def test_ill_until_the_first_success(patients: list[Patient]) -> None:
    patient = admitted(patients)
    assert patient.checks("refused", "refused") == []
    assert patient.checks("") == [True]
    assert patient.checks("", "") == []


def test_one_failure_is_enough_unless_told_otherwise(patients: list[Patient]) -> None:
    patient = admitted(patients)
    assert patient.checks("", "refused") == [True, False]
    assert patient.checks("refused", "") == [True]


def test_only_failures_in_a_row_count(patients: list[Patient]) -> None:
    patient = admitted(patients, max_failed=3)
    assert patient.checks("a", "b", "c", "d", "") == [True]
    assert patient.checks("a", "b", "", "c", "d", "") == []
    assert patient.checks("a", "b") == []
    assert patient.checks("c") == [False]


def test_what_is_logged(patients: list[Patient], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    admitted(patients, max_failed=2).checks("", "one", "two", "three")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "[web] health check status change to success"),
        ("WARNING", "[web] do one health check failed: one"),
        ("WARNING", "[web] do one health check failed: two"),
        ("WARNING", "[web] health check status change to failed"),
        ("WARNING", "[web] do one health check failed: three"),
    ]


def test_a_monitor_that_is_closed_checks_no_more() -> None:
    patient = Patient()
    patient.monitor.close()  # not started yet
    patient.monitor.start()
    patient.monitor.start()
    patient.checks("")
    patient.monitor.close()
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        patient.checks("failed")
    assert patient.changes == [True]


# --- which check


@pytest.mark.parametrize(("kind", "port"), [("", 80), ("tcp", 0), ("http", 0)])
def test_no_check_unless_asked_for_and_possible(kind: str, port: int) -> None:
    config = TcpProxyConfig(name="web", local_port=port, health_check=HealthCheckConfig(type=kind, path="/"))
    assert make_monitor(config, None, print, LOG) is None


def first_word(config: TcpProxyConfig, caplog: pytest.LogCaptureFixture, **options: object) -> str:
    """What the monitor of this proxy says first."""
    caplog.set_level("INFO")
    monitor = make_monitor(config, options.get("resolver"), lambda _: None, LOG)  # type: ignore[arg-type]
    assert monitor is not None
    monitor.start()
    try:
        with gevent.Timeout(5):
            while not caplog.records:
                gevent.sleep(0.005)
    finally:
        monitor.close()
    return caplog.records[0].getMessage()


def test_tcp_connects_and_leaves(caplog: pytest.LogCaptureFixture) -> None:
    with backlog() as service:
        config = TcpProxyConfig(name="web", local_port=service.port, health_check=HealthCheckConfig(type="tcp"))
        assert first_word(config, caplog) == "[web] health check status change to success"
        with service.accept() as connection:
            assert connection.recv(1) == b""


def test_tcp_says_why_not(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    config = TcpProxyConfig(name="web", local_port=port, health_check=HealthCheckConfig(type="tcp"))
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert first_word(config, caplog) == f"[web] do one health check failed: {refused}"


def test_names_go_to_the_given_resolver(caplog: pytest.LogCaptureFixture) -> None:
    def resolver(host: str, port: int) -> list[Endpoint]:
        assert host == "service.test"
        return [(socket.AF_INET, ("127.0.0.1", port))]

    with backlog() as service:
        check = HealthCheckConfig(type="tcp")
        config = TcpProxyConfig(name="web", local_ip="service.test", local_port=service.port, health_check=check)
        assert first_word(config, caplog, resolver=resolver) == "[web] health check status change to success"
