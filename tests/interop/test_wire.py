"""tests/e2e/test_wire.py with one official end."""

import pytest

from tests.e2e.test_wire import *  # noqa: F403

pytestmark = pytest.mark.interop
