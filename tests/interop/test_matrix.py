"""tests/e2e/test_matrix.py with one official end."""

import pytest

from tests.e2e.test_matrix import *  # noqa: F403

pytestmark = pytest.mark.interop
