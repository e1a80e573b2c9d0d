"""tests/e2e/test_login.py with one official end."""

import pytest

from tests.e2e.test_login import *  # noqa: F403

pytestmark = pytest.mark.interop
