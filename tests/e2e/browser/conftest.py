"""One Chromium for the tests of a file; none of them may end with a complaint in its console."""

from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver import Chrome

from tests.support.browser import Page, chromium, complaints

Browse = Callable[..., Page]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def browse(frpg_only: None, chrome: Chrome) -> Iterator[Browse]:
    """The pages at a port, logged in. Fails a test that leaves errors of scripts or violations of the CSP behind."""

    def log_in(port: int, prefix: str = "") -> Page:
        page = Page(chrome, port, prefix)
        page.log_in()
        return page

    complaints(chrome)
    yield log_in
    found = complaints(chrome)
    chrome.get("about:blank")
    assert not found
