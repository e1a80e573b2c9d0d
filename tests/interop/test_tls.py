"""tests/e2e/test_tls.py with one official end."""

import pytest

from tests.e2e.test_tls import *  # noqa: F403

pytestmark = pytest.mark.interop
