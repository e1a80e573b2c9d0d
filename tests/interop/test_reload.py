"""tests/e2e/test_reload.py with one official end."""

import pytest

from tests.e2e.test_reload import *  # noqa: F403

pytestmark = pytest.mark.interop
