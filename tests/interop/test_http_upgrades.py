"""tests/e2e/http/test_upgrades.py with one official end."""

import pytest

from tests.e2e.http.test_upgrades import *  # noqa: F403

pytestmark = pytest.mark.interop
