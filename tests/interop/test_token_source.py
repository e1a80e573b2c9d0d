"""tests/e2e/test_token_source.py with one official end."""

import pytest

from tests.e2e.test_token_source import *  # noqa: F403

pytestmark = pytest.mark.interop
