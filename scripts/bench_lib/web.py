"""Pages by host name: fetching one, and waiting until all of them are there."""

import contextlib
import http.client
import time
from collections.abc import Callable, Iterator, Sequence

from .errors import ContenderFailed
from .plans import Forward
from .ports import HOST

FETCH_SECONDS = 5.0
STEP = 0.02  # seconds between two looks at a page that is not there yet
REPORT = 100  # sites


def fetch(port: int, domain: str, path: str) -> bytes:
    """The page that a virtual host answers with.

    Raises:
        ContenderFailed: it answers otherwise, or not at all.
    """
    with _browser(port) as browser:
        try:
            return _get(browser, domain, path)
        except (OSError, http.client.HTTPException) as error:
            raise ContenderFailed(f"{domain}{path}: {error!r}") from None


def wait_pages(
    port: int, sites: Sequence[Forward], seconds: float, check: Callable[[], None], report: Callable[[str], None]
) -> None:
    """Return once every site has answered; `check` is called in between and may raise, `report` hears how far it is.

    Raises:
        ContenderFailed: not in so many seconds.
    """
    deadline = time.monotonic() + seconds
    with _browser(port) as browser:
        for number, site in enumerate(sites):
            if number and number % REPORT == 0:
                report(f"{number} of {len(sites)} sites")
            while fault := _fault(browser, site):
                check()
                if time.monotonic() > deadline:
                    raise ContenderFailed(f"{number} of {len(sites)} sites within {seconds:.0f} s, then {fault}")
                time.sleep(STEP)


@contextlib.contextmanager
def _browser(port: int) -> Iterator[http.client.HTTPConnection]:
    browser = http.client.HTTPConnection(HOST, port, timeout=FETCH_SECONDS)
    try:
        yield browser
    finally:
        browser.close()


def _fault(browser: http.client.HTTPConnection, site: Forward) -> str:
    """Why a site is not there; empty when it has answered."""
    try:
        _get(browser, site.domain, site.path)
    except (OSError, http.client.HTTPException, ContenderFailed) as error:
        browser.close()  # what is left of the answer; the next request connects again
        return str(error) if isinstance(error, ContenderFailed) else repr(error)
    return ""


def _get(browser: http.client.HTTPConnection, domain: str, path: str) -> bytes:
    browser.request("GET", path, headers={"Host": domain})
    answer = browser.getresponse()
    page = answer.read()
    if answer.status != http.client.OK:
        raise ContenderFailed(f"{domain}{path}: status {answer.status}")
    return page
