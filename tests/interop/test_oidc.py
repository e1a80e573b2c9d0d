"""tests/e2e/test_oidc.py with one official end."""

import pytest

from tests.e2e.test_oidc import *  # noqa: F403

pytestmark = pytest.mark.interop
