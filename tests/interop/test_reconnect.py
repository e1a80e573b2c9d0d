"""tests/e2e/test_reconnect.py with one official end."""

import pytest

from tests.e2e.test_reconnect import *  # noqa: F403

pytestmark = pytest.mark.interop
