"""tests/e2e/test_plugins_static.py with one official end."""

import pytest

from tests.e2e.test_plugins_static import *  # noqa: F403

pytestmark = pytest.mark.interop
