"""tests/e2e/test_plugins_socks5.py with one official end."""

import pytest

from tests.e2e.test_plugins_socks5 import *  # noqa: F403

pytestmark = pytest.mark.interop
