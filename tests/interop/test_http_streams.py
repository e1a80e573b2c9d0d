"""tests/e2e/http/test_streams.py with one official end."""

import pytest

from tests.e2e.http.test_streams import *  # noqa: F403

pytestmark = pytest.mark.interop
