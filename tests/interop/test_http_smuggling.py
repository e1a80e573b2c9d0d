"""tests/e2e/http/test_smuggling.py with the official frpc; each case whole, as cuts are the server's affair."""

import pytest

from tests.e2e.http.test_smuggling import court, standing_court, test_whole  # noqa: F401

pytestmark = pytest.mark.interop
