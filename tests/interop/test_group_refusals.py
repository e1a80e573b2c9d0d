"""tests/e2e/test_group_refusals.py with one official end."""

import pytest

from tests.e2e.test_group_refusals import *  # noqa: F403

pytestmark = pytest.mark.interop
