"""How the bench asks a dashboard: with which password, for what, and how long an answer takes."""

import base64
import http.client
import statistics
import time

from .errors import ContenderFailed
from .ports import HOST

USER = "bench"
HEADERS = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{USER}".encode()).decode()}
LOOK_SECONDS = 10.0  # for one answer


def answer_ms(port: int, path: str, count: int) -> float:
    """Milliseconds until an answer is here with all its bytes; median of `count` requests on one connection.

    Raises:
        ContenderFailed: another status than 200, or none.
    """
    browser = http.client.HTTPConnection(HOST, port, timeout=LOOK_SECONDS)
    try:
        return statistics.median(_one(browser, path) for _ in range(count))
    except (OSError, http.client.HTTPException) as error:
        raise ContenderFailed(f"{path}: {error!r}") from None
    finally:
        browser.close()


def _one(browser: http.client.HTTPConnection, path: str) -> float:
    begin = time.perf_counter()
    browser.request("GET", path, headers=HEADERS)
    found = browser.getresponse()
    found.read()
    if found.status != http.client.OK:
        raise ContenderFailed(f"{path}: status {found.status}")
    return (time.perf_counter() - begin) * 1e3
