"""tests/e2e/test_plugins_http_proxy.py with one official end."""

import pytest

from tests.e2e.test_plugins_http_proxy import *  # noqa: F403

pytestmark = pytest.mark.interop
