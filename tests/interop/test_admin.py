"""tests/e2e/test_admin.py with one official end."""

import pytest

from tests.e2e.test_admin import *  # noqa: F403

pytestmark = pytest.mark.interop
