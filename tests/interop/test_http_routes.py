"""tests/e2e/http/test_routes.py with one official end."""

import pytest

from tests.e2e.http.test_routes import *  # noqa: F403

pytestmark = pytest.mark.interop
