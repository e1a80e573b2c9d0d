"""tests/e2e/test_health_checks.py with one official end."""

import pytest

from tests.e2e.test_health_checks import *  # noqa: F403

pytestmark = pytest.mark.interop
