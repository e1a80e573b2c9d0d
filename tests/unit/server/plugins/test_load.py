import pytest

from frpg.config.server import HttpPluginConfig, PythonPluginConfig
from frpg.errors import ConfigError
from frpg.server.plugins.load import Made, make_plugins
from tests.unit.server.conftest import server_config
from tests.unit.server.plugins.samples import named, scripted


def http(name: str, port: int = 1) -> HttpPluginConfig:
    return HttpPluginConfig(name=name, addr=f"127.0.0.1:{port}", ops=["Login"])


def make(running: Made, https: list[HttpPluginConfig], pythons: list[PythonPluginConfig]) -> Made:
    return make_plugins(server_config(http_plugins=https, python_plugins=pythons), running)


def names(made: Made) -> list[str]:
    return [plugin.name for _, plugin in made]


def close(*all_made: Made) -> None:
    for made in all_made:
        for _, plugin in made:
            plugin.close()


def test_those_over_http_come_first() -> None:
    made = make([], [http("a"), http("b")], [named("Polite", name="c"), named("Plain", name="d")])
    assert names(made) == ["a", "b", "c", "d"]
    close(made)


def test_what_has_not_changed_goes_on() -> None:
    before = make([], [http("a"), http("b")], [named("Polite", name="c")])
    after = make(before, [http("b"), http("a", port=2)], [named("Polite", name="c"), named("Polite", name="c")])
    assert names(after) == ["b", "a", "c", "c"]
    assert after[0] is before[1] and after[2] is before[2]
    assert after[1] is not before[0] and after[3] is not before[2]
    close(before, after)


def test_all_faults_at_once_and_nothing_is_left() -> None:
    closed: list[int] = []
    config = scripted("new", ping=lambda content: None, close=lambda: closed.append(1))
    with pytest.raises(ConfigError) as caught:
        make([], [http("a"), HttpPluginConfig(addr="", ops=["Ping"])], [config, named("Nobody")])
    first, second = caught.value.faults
    assert first.startswith("httpPlugins[1].addr: ") and second.startswith("pythonPlugins[1].plugin: ")
    assert closed == [1]
