"""tests/e2e/http/test_bodies.py with one official end."""

import pytest

from tests.e2e.http.test_bodies import *  # noqa: F403

pytestmark = pytest.mark.interop
