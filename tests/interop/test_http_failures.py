"""tests/e2e/http/test_failures.py with one official end."""

import pytest

from tests.e2e.http.test_failures import *  # noqa: F403

pytestmark = pytest.mark.interop
