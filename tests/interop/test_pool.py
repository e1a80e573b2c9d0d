"""tests/e2e/test_pool.py with one official end."""

import pytest

from tests.e2e.test_pool import *  # noqa: F403

pytestmark = pytest.mark.interop
