"""tests/e2e/test_http2.py with one official end."""

import pytest

from tests.e2e.test_http2 import *  # noqa: F403

pytestmark = pytest.mark.interop
