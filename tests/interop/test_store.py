"""tests/e2e/test_store.py with one official end."""

import pytest

from tests.e2e.test_store import *  # noqa: F403

pytestmark = pytest.mark.interop
