"""tests/e2e/http/test_access.py with one official end."""

import pytest

from tests.e2e.http.test_access import *  # noqa: F403

pytestmark = pytest.mark.interop
