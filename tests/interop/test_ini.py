"""tests/e2e/test_ini.py with one official end."""

import pytest

from tests.e2e.test_ini import *  # noqa: F403

pytestmark = pytest.mark.interop
