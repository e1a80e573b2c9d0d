import subprocess
import sys
from importlib import import_module

import pytest

from frpg.client.plugins import PLUGINS
from frpg.client.plugins.base import Plugin
from frpg.config import supported
from frpg.config.plugins import CLIENT_PLUGINS


def test_what_can_be_run_is_what_is_said_to_be_supported() -> None:
    assert set(PLUGINS) == set(supported.PLUGINS) == set(CLIENT_PLUGINS) - {"virtual_net"}


@pytest.mark.parametrize("kind", PLUGINS)
def test_every_plugin_is_where_the_table_says(kind: str) -> None:
    module, _, name = PLUGINS[kind].partition(":")
    assert issubclass(getattr(import_module(f"frpg.client.plugins.{module}"), name), Plugin)


def test_a_client_without_plugins_loads_none() -> None:
    program = "import sys, frpg.client.service; print(*(name for name in sys.modules if name.startswith('frpg.')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "frpg.client.proxies.stream" in loaded
    prefixes = ("frpg.client.plugins.", "frpg.relay.http", "frpg.proto.http1", "frpg.net.unix")
    assert [name for name in loaded if name.startswith(prefixes)] == []
