"""tests/e2e/test_http2_pressure.py with one official end."""

import pytest

from tests.e2e.test_http2_pressure import *  # noqa: F403

pytestmark = pytest.mark.interop
