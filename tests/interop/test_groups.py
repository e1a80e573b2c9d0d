"""tests/e2e/test_groups.py with one official end."""

import pytest

from tests.e2e.test_groups import *  # noqa: F403

pytestmark = pytest.mark.interop
