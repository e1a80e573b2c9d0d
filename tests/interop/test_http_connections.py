"""tests/e2e/http/test_connections.py with one official end."""

import pytest

from tests.e2e.http.test_connections import *  # noqa: F403

pytestmark = pytest.mark.interop
