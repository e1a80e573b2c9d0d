from collections.abc import Callable

import pytest

from frpg.client.proxies.base import Phase, Proxy, ProxyContext
from frpg.config.proxies import HealthCheckConfig, ProxyConfig, TcpProxyConfig
from frpg.config.values import Bandwidth
from frpg.proto.framing import V1Framing
from frpg.proto.messages import CloseProxy, Message, NewProxy


class Clock:
    """Monotonic seconds, moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A proxy, the clock it reads and the messages it sent."""

    def __init__(self, config: ProxyConfig | None = None, cls: type[Proxy] = Proxy, user: str = "") -> None:
        self.clock = Clock()
        self.messages: list[Message] = []
        self.during_send: Callable[[], None] = lambda: None
        context = ProxyContext(
            send=self._send,
            post=self.messages.append,
            framing=V1Framing(),
            run_id="",
            user=user,
            clock=self.clock,
        )
        self.proxy = cls(config or TcpProxyConfig(name="ssh"), context)

    def _send(self, make: Callable[[], Message | None]) -> None:
        self.during_send()
        message = make()
        if message is not None:
            self.messages.append(message)

    def take(self) -> list[type[Message]]:
        """Types of the messages since the last call."""
        kinds = [type(message) for message in self.messages]
        self.messages.clear()
        return kinds

    def run(self) -> "Bench":
        self.proxy.evaluate()
        self.proxy.answered(":6000", "")
        self.take()
        assert self.proxy.phase is Phase.RUNNING
        return self


class Stubborn(Proxy):
    """Its local side does not start."""

    def start_local(self) -> None:
        raise OSError("no such plugin")


def test_a_new_proxy_is_announced_at_once_and_only_once() -> None:
    bench = Bench()
    assert bench.proxy.phase == "new"
    bench.proxy.evaluate()
    assert bench.proxy.phase == "wait start"
    bench.proxy.evaluate()
    assert bench.take() == [NewProxy]


def test_consent_makes_it_run() -> None:
    bench = Bench().run()
    assert bench.proxy.phase == "running"
    assert bench.proxy.remote_addr == ":6000"


def test_without_an_answer_it_is_announced_again_after_20_seconds() -> None:
    bench = Bench()
    bench.proxy.evaluate()
    bench.take()
    bench.clock.now += 20
    bench.proxy.evaluate()
    assert bench.take() == []
    bench.clock.now += 0.1
    bench.proxy.evaluate()
    assert bench.take() == [NewProxy]
    assert bench.proxy.phase == "wait start"


def test_a_refusal_is_kept_and_tried_again_after_30_seconds() -> None:
    bench = Bench()
    bench.proxy.evaluate()
    bench.proxy.answered("", "port already used")
    assert (bench.proxy.phase, bench.proxy.error) == ("start error", "port already used")
    bench.take()
    bench.clock.now += 30
    bench.proxy.evaluate()
    assert bench.take() == []
    bench.clock.now += 0.1
    bench.proxy.evaluate()
    assert bench.take() == [NewProxy]
    assert (bench.proxy.phase, bench.proxy.error) == ("wait start", "port already used")
    bench.proxy.answered(":6000", "")
    assert (bench.proxy.phase, bench.proxy.error) == ("running", "")


def test_a_local_start_that_fails_withdraws_the_proxy() -> None:
    bench = Bench(cls=Stubborn)
    bench.proxy.evaluate()
    bench.proxy.answered(":6000", "")
    assert (bench.proxy.phase, bench.proxy.error) == ("start error", "no such plugin")
    assert bench.take() == [NewProxy, CloseProxy]


@pytest.mark.parametrize("error", ["", "late refusal"])
def test_an_answer_nobody_waits_for_changes_nothing(error: str, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.proxy.evaluate()
    bench.clock.now += 21
    bench.run()  # announced twice; the answer to the second may say that the name is taken, by ourselves
    bench.proxy.answered(":7000", error)
    assert (bench.proxy.phase, bench.proxy.remote_addr) == ("running", ":6000")
    assert "[ssh] start error: status not wait start, ignore start message" in caplog.text


def test_a_server_that_ends_a_running_proxy_says_why_and_is_asked_again() -> None:
    bench = Bench().run()
    bench.proxy.answered("", "closed by the operator")
    assert (bench.proxy.phase, bench.proxy.error) == ("start error", "closed by the operator")
    assert bench.take() == []
    bench.clock.now += 30.1
    bench.proxy.evaluate()
    assert bench.take() == [NewProxy]
    bench.proxy.answered(":6000", "")
    assert (bench.proxy.phase, bench.proxy.error) == ("running", "")


def test_a_proxy_closed_while_the_server_is_slow_is_not_announced() -> None:
    bench = Bench()
    bench.during_send = bench.proxy.close
    bench.proxy.evaluate()
    assert bench.proxy.phase == "closed"
    assert bench.take() == [CloseProxy]


@pytest.mark.parametrize("prepare", [lambda bench: bench.run(), lambda bench: bench.proxy.evaluate()])
def test_bad_health_withdraws_what_runs_or_waits(prepare: Callable[[Bench], object]) -> None:
    bench = Bench()
    prepare(bench)
    bench.take()
    bench.proxy.is_healthy = False
    bench.proxy.evaluate()
    bench.proxy.evaluate()
    assert bench.proxy.phase == "check failed"
    assert bench.take() == [CloseProxy]


def test_good_health_announces_it_again() -> None:
    bench = Bench().run()
    bench.proxy.is_healthy = False
    bench.proxy.evaluate()
    bench.proxy.is_healthy = True
    bench.proxy.evaluate()
    assert bench.proxy.phase == "wait start"
    assert bench.take() == [CloseProxy, NewProxy]


def test_an_unhealthy_proxy_is_not_announced() -> None:
    bench = Bench()
    bench.proxy.is_healthy = False
    bench.proxy.evaluate()
    assert bench.proxy.phase == "new"
    assert bench.take() == []


def test_a_checked_proxy_is_unhealthy_until_told_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench(TcpProxyConfig(name="ssh", local_port=22, health_check=HealthCheckConfig(type="tcp")))
    bench.proxy.evaluate()
    assert (bench.proxy.phase, bench.take()) == ("new", [])
    bench.proxy._on_health(True)
    assert (bench.proxy.phase, bench.take()) == ("wait start", [NewProxy])
    bench.proxy._on_health(False)
    assert (bench.proxy.phase, bench.take()) == ("check failed", [CloseProxy])
    assert [record.getMessage() for record in caplog.records] == [
        "[ssh] health check success",
        "[ssh] health check failed",
    ]


def test_users_are_welcome_from_the_announcement_to_the_end() -> None:
    bench = Bench()
    assert not bench.proxy.is_serving
    bench.proxy.evaluate()
    assert bench.proxy.is_serving  # a start may overtake the server's answer
    bench.proxy.answered(":6000", "")
    bench.proxy.is_healthy = False
    bench.proxy.evaluate()
    assert bench.proxy.is_serving  # or meet the withdrawal
    bench.proxy.withdraw()
    assert bench.proxy.is_serving
    bench.proxy.close()
    assert not bench.proxy.is_serving
    assert bench.take() == [NewProxy, CloseProxy, CloseProxy]


@pytest.mark.parametrize("error", ["", "refused"])
def test_a_closed_proxy_says_so_once_and_stays_closed(error: str) -> None:
    bench = Bench()
    bench.proxy.evaluate()
    bench.proxy.answered(":6000", error)
    bench.take()
    bench.proxy.close()
    bench.proxy.close()
    bench.clock.now += 100
    bench.proxy.evaluate()
    bench.proxy.answered(":6000", "")
    assert bench.proxy.phase == "closed"
    assert bench.take() == [CloseProxy]


def test_log_lines_carry_the_run_id_and_the_raw_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench(user="alice")
    bench.run()
    bench.proxy.phase = Phase.WAIT_START
    bench.proxy.answered("", "port already used")
    assert [record.getMessage() for record in caplog.records] == [
        "[ssh] start proxy success",
        "[ssh] start error: port already used",
    ]


def test_the_announcement_has_the_base_fields_and_the_user() -> None:
    config = TcpProxyConfig(name="ssh", remote_port=6000, metadatas={"a": "1"}, annotations={"b": "2"})
    config.transport.use_encryption = True
    config.transport.bandwidth_limit = Bandwidth("1MB", 1 << 20)
    config.load_balancer.group, config.load_balancer.group_key = "web", "secret"
    assert Bench(config, user="alice").proxy.announcement() == NewProxy(
        proxy_name="alice.ssh",
        proxy_type="tcp",
        use_encryption=True,
        bandwidth_limit="1MB",
        group="web",
        group_key="secret",
        metas={"a": "1"},
        annotations={"b": "2"},
    )


def test_only_the_mode_server_is_announced() -> None:
    config = TcpProxyConfig(name="ssh")
    config.transport.bandwidth_limit_mode = "server"
    assert Bench(config).proxy.announcement().bandwidth_limit_mode == "server"
