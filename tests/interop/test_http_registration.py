"""tests/e2e/http/test_registration.py with one official end."""

import pytest

from tests.e2e.http.test_registration import *  # noqa: F403

pytestmark = pytest.mark.interop
