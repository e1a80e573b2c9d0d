"""tests/e2e/test_plugins_tls2raw.py with one official end."""

import pytest

from tests.e2e.test_plugins_tls2raw import *  # noqa: F403

pytestmark = pytest.mark.interop
