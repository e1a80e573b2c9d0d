"""tests/e2e/http/test_broken_answers.py with one official end."""

import pytest

from tests.e2e.http.test_broken_answers import *  # noqa: F403

pytestmark = pytest.mark.interop
