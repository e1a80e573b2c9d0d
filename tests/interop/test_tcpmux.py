"""tests/e2e/test_tcpmux.py with one official end."""

import pytest

from tests.e2e.test_tcpmux import *  # noqa: F403

pytestmark = pytest.mark.interop
