"""tests/e2e/test_integrity.py with one official end."""

import pytest

from tests.e2e.test_integrity import *  # noqa: F403

pytestmark = pytest.mark.interop
