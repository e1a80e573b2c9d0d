"""tests/e2e/test_trusted_proxies.py with one official end."""

import pytest

from tests.e2e.test_trusted_proxies import *  # noqa: F403

pytestmark = pytest.mark.interop
