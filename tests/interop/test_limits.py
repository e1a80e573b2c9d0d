"""tests/e2e/test_limits.py with one official end."""

import pytest

from tests.e2e.test_limits import *  # noqa: F403

pytestmark = pytest.mark.interop
