"""tests/e2e/test_https.py with one official end."""

import pytest

from tests.e2e.test_https import *  # noqa: F403

pytestmark = pytest.mark.interop
