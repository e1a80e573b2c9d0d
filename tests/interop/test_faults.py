"""tests/e2e/test_faults.py with one official end."""

import pytest

from tests.e2e.test_faults import *  # noqa: F403

pytestmark = pytest.mark.interop
