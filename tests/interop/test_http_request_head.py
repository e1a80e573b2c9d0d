"""tests/e2e/http/test_request_head.py with one official end."""

import pytest

from tests.e2e.http.test_request_head import *  # noqa: F403

pytestmark = pytest.mark.interop
