"""tests/e2e/test_shared_ports.py with one official end."""

import pytest

from tests.e2e.test_shared_ports import *  # noqa: F403

pytestmark = pytest.mark.interop
