"""How a proxy makes, feeds and ends its plugin."""

from collections.abc import Callable

import pytest
from gevent import GreenletExit

from frpg.client.plugins.base import Plugin, PluginContext
from frpg.client.proxies import stream as stream_module
from frpg.client.proxies.base import Phase, ProxyContext
from frpg.client.proxies.http import HttpProxy
from frpg.client.proxies.https import HttpsProxy
from frpg.client.proxies.stream import StreamProxy
from frpg.client.proxies.tcp import TcpProxy
from frpg.client.proxies.tcpmux import TcpmuxProxy
from frpg.config.plugins import ClientPlugin, Socks5Plugin
from frpg.config.proxies import HttpProxyConfig, HttpsProxyConfig, TcpmuxProxyConfig, TcpProxyConfig
from frpg.errors import FrpgError
from frpg.net.stream import Stream
from frpg.proto.cfb import Cfb
from frpg.proto.framing import V1Framing
from frpg.proto.messages import CloseProxy, Message, NewProxy, StartWorkConn
from tests.unit.relay.http.wires import Wire, settle

START = StartWorkConn(proxy_name="web", src_addr="192.0.2.7", src_port=4711)


class FakePlugin(Plugin):
    """Keeps whom it was given."""

    def __init__(self, config: ClientPlugin, context: PluginContext) -> None:
        super().__init__(context)
        self.config = config
        self.users: list[tuple[Stream, StartWorkConn]] = []
        self.rest: Callable[[], None] | None = None
        self.failure: Exception | None = None
        self.closed = 0

    def handle(self, user: Stream, start: StartWorkConn) -> Callable[[], None] | None:
        if self.failure is not None:
            raise self.failure
        self.users.append((user, start))
        return self.rest

    def close(self) -> None:
        self.closed += 1


class Bench:
    """A proxy with a plugin, and all the plugins that were made for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cls: type[StreamProxy], config: TcpProxyConfig) -> None:
        self.messages: list[Message] = []
        self.plugins: list[FakePlugin] = []
        self.failure: Exception | None = None  # of the next plugin's constructor
        config.plugin = Socks5Plugin()
        context = ProxyContext(
            send=self._send, post=self.messages.append, framing=V1Framing(), run_id="run", secret=b"secret"
        )
        monkeypatch.setattr(stream_module, "make_plugin", self._make)
        self.proxy = cls(config, context)

    def _send(self, make: Callable[[], Message | None]) -> None:
        message = make()
        if message is not None:
            self.messages.append(message)

    def _make(self, config: ClientPlugin, context: PluginContext) -> FakePlugin:
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        self.plugins.append(FakePlugin(config, context))
        return self.plugins[-1]

    def start(self) -> None:
        self.proxy.evaluate()
        self.proxy.answered(":6000", "")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch, TcpProxy, TcpProxyConfig(name="web"))


@pytest.mark.parametrize(
    ("cls", "config"),
    [
        (TcpProxy, TcpProxyConfig(name="web")),
        (HttpProxy, HttpProxyConfig(name="web")),
        (HttpsProxy, HttpsProxyConfig(name="web")),
        (TcpmuxProxy, TcpmuxProxyConfig(name="web")),
    ],
)
def test_it_serves_users_of_every_type_from_the_start_to_the_end(
    monkeypatch: pytest.MonkeyPatch, cls: type[StreamProxy], config: TcpProxyConfig
) -> None:
    config.transport.proxy_protocol_version = "v2"
    bench = Bench(monkeypatch, cls, config)
    assert bench.plugins == []
    bench.start()
    (plugin,) = bench.plugins
    assert plugin.config is config.plugin
    assert (plugin.context.proxy_protocol, plugin.log.prefixes) == ("v2", ("run", "web"))
    work = Wire()
    assert bench.proxy.serve(work, START) is None
    assert plugin.users == [(work, START)]
    bench.proxy.close()
    bench.proxy.close()
    assert (plugin.closed, work.is_closed) == (1, False)


def test_it_gets_the_users_plain_bytes(bench: Bench) -> None:
    bench.proxy.config.transport.use_encryption = True
    bench.start()
    bench.proxy.serve(work := Wire(), START)
    user = bench.plugins[0].users[0][0]
    work.feed(Cfb(b"secret").encode(b"plain"))
    settle()
    assert user.recv() == b"plain"


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (FrpgError(reason="gen TLS config error: no"), "gen TLS config error: no"),
        (FileNotFoundError(2, "No such file or directory", "/x.pem"), "open /x.pem: no such file or directory"),
    ],
)
def test_one_that_cannot_be_made_is_a_start_error(bench: Bench, failure: Exception, text: str) -> None:
    bench.failure = failure
    bench.start()
    assert (bench.proxy.phase, bench.proxy.error) == (Phase.START_ERROR, text)
    assert [type(message) for message in bench.messages] == [NewProxy, CloseProxy]


def test_a_start_that_overtakes_the_servers_consent_is_served(bench: Bench) -> None:
    bench.proxy.evaluate()
    bench.proxy.serve(work := Wire(), START)
    assert bench.plugins[0].users == [(work, START)]


def test_a_new_start_has_a_new_one_and_the_old_one_is_closed(bench: Bench) -> None:
    bench.start()
    bench.proxy.phase = Phase.CHECK_FAILED  # as after a failed health check
    assert bench.plugins[0].closed == 0
    bench.start()
    assert [plugin.closed for plugin in bench.plugins] == [1, 0]
    bench.proxy.serve(work := Wire(), START)
    assert bench.plugins[1].users == [(work, START)]


def test_the_old_one_stays_while_a_new_one_cannot_be_made(bench: Bench) -> None:
    bench.start()
    bench.proxy.phase = Phase.CHECK_FAILED
    bench.failure = FrpgError(reason="no")
    bench.start()
    assert bench.proxy.phase == Phase.START_ERROR
    assert bench.plugins[0].closed == 0
    bench.proxy.close()
    assert bench.plugins[0].closed == 1


def test_a_user_that_it_fails_to_handle_is_closed_and_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.start()
    bench.plugins[0].failure = ConnectionRefusedError(111, "Connection refused")
    assert bench.proxy.serve(work := Wire(), START) is None
    assert work.is_closed
    assert "[run] [web] plugin [socks5]: connection refused" in caplog.text


class Killed(BaseException):
    pass


@pytest.mark.parametrize("failure", [OSError("gone"), FrpgError("no"), Killed()])
def test_what_is_left_to_do_may_fail_and_the_user_is_closed(bench: Bench, failure: BaseException) -> None:
    def rest() -> None:
        raise failure

    bench.start()
    bench.plugins[0].rest = rest
    finish = bench.proxy.serve(work := Wire(), START)
    assert finish is not None
    if isinstance(failure, Killed):
        with pytest.raises(Killed):
            finish()
    else:
        finish()
    assert work.is_closed


def test_nothing_is_left_to_do_for_a_proxy_that_has_ended(bench: Bench) -> None:
    calls: list[str] = []
    bench.start()
    bench.plugins[0].rest = lambda: calls.append("rest")
    finish = bench.proxy.serve(work := Wire(), START)
    assert finish is not None
    bench.proxy.close()
    with pytest.raises(GreenletExit):
        finish()
    assert (work.is_closed, calls) == (True, [])
