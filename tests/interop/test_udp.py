"""tests/e2e/test_udp.py with one official end."""

import pytest

from tests.e2e.test_udp import *  # noqa: F403

pytestmark = pytest.mark.interop
