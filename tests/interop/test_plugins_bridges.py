"""tests/e2e/test_plugins_bridges.py with one official end."""

import pytest

from tests.e2e.test_plugins_bridges import *  # noqa: F403

pytestmark = pytest.mark.interop
