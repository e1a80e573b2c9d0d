"""tests/e2e/test_plugins_unix.py with one official end."""

import pytest

from tests.e2e.test_plugins_unix import *  # noqa: F403

pytestmark = pytest.mark.interop
