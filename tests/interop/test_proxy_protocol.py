"""tests/e2e/test_proxy_protocol.py with one official end."""

import pytest

from tests.e2e.test_proxy_protocol import *  # noqa: F403

pytestmark = pytest.mark.interop
