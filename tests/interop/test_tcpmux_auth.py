"""tests/e2e/test_tcpmux_auth.py with one official end."""

import pytest

from tests.e2e.test_tcpmux_auth import *  # noqa: F403

pytestmark = pytest.mark.interop
