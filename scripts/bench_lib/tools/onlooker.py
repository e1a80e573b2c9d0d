"""Asks a dashboard what an open overview page asks, until standard input ends: `onlooker PORT PATH...`, each every 2 s.

Prints {"asked": 0} when the first answers are here.
"""

import http.client
import select
import sys

from ..dashboard import HEADERS
from ..ports import HOST
from .slice import fault, say

PERIOD = 2.0  # seconds; as the pages do


def main() -> None:
    port, paths = int(sys.argv[1]), sys.argv[2:]
    browser = http.client.HTTPConnection(HOST, port, timeout=5)
    _look(browser, paths)
    say(asked=0)
    while not select.select([sys.stdin], [], [], PERIOD)[0]:
        _look(browser, paths)


def _look(browser: http.client.HTTPConnection, paths: list[str]) -> None:
    for path in paths:
        browser.request("GET", path, headers=HEADERS)
        answer = browser.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            fault(f"{path}: status {answer.status}")


if __name__ == "__main__":
    main()
