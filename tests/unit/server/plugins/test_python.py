import logging
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from frpg.config.server import PythonPluginConfig
from frpg.errors import ConfigError
from frpg.server.plugins import LoginContent, NewUserConnContent, PingContent, Reject
from frpg.server.plugins.plugin import PluginError
from frpg.server.plugins.python import PythonPlugin
from tests.unit.server.plugins.samples import OPS, named, scripted

PING = PingContent(privilege_key="k")


def made(config: PythonPluginConfig) -> PythonPlugin:
    return PythonPlugin(config, "pythonPlugins[0]")


def asked(answer: Callable[[Any], Any], seconds: float = 10) -> Any:
    """What comes of a Ping that is answered so."""
    plugin = made(scripted(ping=answer))
    try:
        return plugin.ask("Ping", PING, "id", seconds)
    finally:
        plugin.close()


def test_without_a_list_it_is_asked_what_its_class_defines() -> None:
    plugin = made(named("Polite"))
    assert plugin.ops == {"Login", "NewUserConn"}
    assert plugin.name == "tests.unit.server.plugins.samples:Polite"
    assert plugin.ask("Login", content := LoginContent(), "id", 10) is content
    plugin.close()


def test_a_class_of_any_kind_will_do() -> None:
    plugin = made(named("Plain", name="plain"))
    assert (plugin.ops, plugin.name) == ({"Ping"}, "plain")
    plugin.close()


def test_all_operations_have_their_method() -> None:
    assert made(named("Scripted")).ops == set(OPS.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "no_such_module:C",
            "cannot be imported: ModuleNotFoundError: .*no_such_module.*put the folder .* PYTHONPATH",
        ),
        ("tests.unit.server.plugins.samples:Nobody", "there is no Nobody in tests.unit.server.plugins.samples"),
        ("tests.unit.server.plugins.samples:NOT_A_CLASS", "is no class"),
        ("tests.unit.server.plugins.samples:Idle", "has none of the methods of a plugin"),
        ("nobody", "write package.module:Class, or the name of an entry point of frpg.server_plugins"),
    ],
)
def test_import_faults_name_the_place_and_the_cure(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=rf"pythonPlugins\[0\]\.plugin: .*{text}"):
        made(PythonPluginConfig(plugin=name))


def test_a_module_that_fails_has_its_traceback_in_the_log(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "failing_plugin.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="failing_plugin:C cannot be imported: ZeroDivisionError"):
        made(PythonPluginConfig(plugin="failing_plugin:C"))
    assert "1 / 0" in caplog.text


def test_an_operation_without_its_method() -> None:
    with pytest.raises(ConfigError, match=r"pythonPlugins\[0\]\.ops: .*Plain has no method login for Login"):
        made(named("Plain", ops=["Login"]))


@pytest.mark.parametrize(("cls", "text"), [("Broken", "KeyError: 'file'"), ("Leaving", "SystemExit: 3")])
def test_a_constructor_that_fails(cls: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConfigError, match=rf"pythonPlugins\[0\]: .*:{cls} cannot be made: {text}"):
        made(named(cls))
    assert "Traceback" in caplog.text


def test_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    point = metadata.EntryPoint("polite", "tests.unit.server.plugins.samples:Polite", "frpg.server_plugins")

    def entry_points(group: str) -> metadata.EntryPoints:
        assert group == "frpg.server_plugins"
        return metadata.EntryPoints([point])

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    plugin = made(PythonPluginConfig(plugin="polite"))
    assert plugin.ops == {"Login", "NewUserConn"}
    plugin.close()
    with pytest.raises(ConfigError, match=r"there is no plugin other: .*now: polite"):
        made(PythonPluginConfig(plugin="other"))


# --- answers


def test_nothing_is_no_change() -> None:
    assert asked(lambda content: None) is PING


def test_a_changed_copy() -> None:
    assert asked(lambda content: PingContent(timestamp=3)) == PingContent(timestamp=3)


def test_a_refusal() -> None:
    def refuse(_content: Any) -> None:
        raise Reject("no")

    with pytest.raises(Reject, match="no"):
        asked(refuse)


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), SystemExit(1), TimeoutError("of its own")])
def test_an_exception_is_an_error_with_its_cause(error: BaseException) -> None:
    def fail(_content: Any) -> None:
        raise error

    with pytest.raises(PluginError, match=type(error).__name__) as caught:
        asked(fail)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("answer", [True, "ok", {}, LoginContent()])
def test_another_type_is_an_error(answer: Any) -> None:
    with pytest.raises(PluginError, match=f"returned {type(answer).__name__}, not PingContent or None"):
        asked(lambda content: answer)


def test_of_a_user_connection_the_answer_does_not_count() -> None:
    plugin = made(scripted(new_user_conn=lambda content: True))
    content = NewUserConnContent()
    assert plugin.ask("NewUserConn", content, "id", 10) is content


def test_one_that_waits_too_long() -> None:
    with pytest.raises(PluginError, match=r"no answer within 0\.05 s"):
        asked(lambda content: gevent.sleep(60), 0.05)


def test_a_deadline_of_somebody_else_passes() -> None:
    with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.05) as outer:
        asked(lambda content: gevent.sleep(60))
    assert caught.value is outer


# --- the end


def test_close_is_called_once() -> None:
    closed: list[int] = []
    plugin = made(scripted(ping=lambda content: None, close=lambda: closed.append(1)))
    plugin.retire()
    plugin.close()
    assert closed == [1]


def test_a_close_that_fails_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    made(scripted("failing", ping=lambda content: None, close=fail)).close()
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "plugin [failing] failed to close" in record.getMessage()


def test_a_retired_plugin_ends_after_its_last_answer() -> None:
    events: list[str] = []
    release = gevent.event.Event()

    def ping(_content: Any) -> None:
        release.wait(10)
        events.append("answered")

    plugin = made(scripted(ping=ping, close=lambda: events.append("closed")))
    asking = [gevent.spawn(plugin.ask, "Ping", PING, "id", 10) for _ in range(2)]
    gevent.sleep(0)
    plugin.retire()
    assert events == []
    release.set()
    gevent.joinall(asking, timeout=10, raise_error=True)
    assert events == ["answered", "answered", "closed"]


def test_close_interrupts_who_waits() -> None:
    plugin = made(scripted(ping=lambda content: gevent.sleep(60)))
    asking = gevent.spawn(plugin.ask, "Ping", PING, "id", 60)
    gevent.sleep(0)
    plugin.close()
    with pytest.raises(PluginError, match="the server closes"):
        asking.get(timeout=10)
