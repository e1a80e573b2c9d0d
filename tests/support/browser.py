"""Chromium as tests drive it: a page as its reader sees it, and the hands of somebody who uses it."""

import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gevent
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.support import page_scripts
from tests.support.admin import PASSWORD, USER
from tests.support.tools import need
from tests.support.waiting import eventually

WIDE, PHONE = (1440, 900), (360, 740)
MOST_TABS = 60
PAUSE = 0.08  # seconds between two looks at a page, which are work for it
_QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# No sandbox: it does without rights that root in a container lacks, and only our own pages are opened.
_SHAPE = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]

_NAMED = "*[self::button or self::a or self::summary][@aria-label={0} or (not(@aria-label) and normalize-space(.)={0})]"


@contextlib.contextmanager
def chromium() -> Iterator[Chrome]:
    """A browser with a profile of its own; skips the test when it is not installed."""
    program, driver = need("chromium", "chromedriver")
    options = ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Chromium may write for a moment after it has been told to end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in [*_SHAPE, *_QUIET, f"--user-data-dir={profile}"]:
            options.add_argument(argument)
        browser = Chrome(options, Service(driver))
        try:
            yield browser
        finally:
            browser.quit()


class Page:
    """The pages of one program, in a browser that it does not own. Its calls wait for what they need."""

    def __init__(self, browser: Chrome, port: int, prefix: str = "") -> None:
        """`prefix` is where a proxy on the way has put the pages, such as "/frp"."""
        self.browser = browser
        self._place = f"127.0.0.1:{port}{prefix}"
        self.resize(*WIDE)

    def log_in(self, password: str = PASSWORD) -> None:
        """With a password in the address, which the browser then keeps for this port; the first page is open."""
        self.browser.get(f"http://{USER}:{quote(password)}@{self._place}/favicon.ico")
        self.browser.get(f"http://{self._place}/")

    def open(self, route: str = "/") -> None:
        """A route such as "/clients"; the page itself stays when it is there already."""
        self.browser.get(f"http://{self._place}/static/#{route}")

    def reload(self) -> None:
        self.browser.refresh()

    def back(self) -> None:
        self.browser.back()

    def resize(self, width: int, height: int) -> None:
        """What a device of this size makes of the page: the window itself cannot be that narrow."""
        shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)

    def paint(self, theme: str) -> None:
        """Light or dark, as if the switch had been pressed."""
        self.browser.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        self.reload()

    def rest(self, seconds: float) -> None:
        """For pictures of what moves; tests wait for what they expect."""
        gevent.sleep(seconds)

    @property
    def route(self) -> str:
        return self.browser.current_url.partition("#")[2]

    @property
    def heading(self) -> str:
        found = self.browser.execute_script("return document.querySelector('main h1')?.textContent")
        return str(found or "")

    @property
    def text(self) -> str:
        """All that can be read, dialogs and messages too."""
        return str(self.browser.execute_script("return document.body.innerText"))

    def until(self, condition: Callable[[], bool], what: str = "what was expected") -> None:
        """Wait for something that the page shows; the failure tells what it shows instead."""

        def holds() -> bool:
            if condition():
                return True
            gevent.sleep(PAUSE)
            return False

        try:
            eventually(holds)
        except AssertionError:
            raise AssertionError(f"the page does not show {what}, but:\n{self.text}") from None

    def shows(self, *texts: str) -> None:
        """Wait until all of these can be read."""
        for text in texts:
            self.until(functools.partial(self._reads, text), repr(text))

    def _reads(self, text: str) -> bool:
        return text in self.text

    def hides(self, text: str) -> None:
        self.until(lambda: text not in self.text, f"less than {text!r}")

    def rows(self) -> list[dict[str, str]]:
        """Of all tables: column to text."""
        return list(self.browser.execute_script(page_scripts.ROWS))

    def row(self, words: str) -> dict[str, str]:
        """The first row with these words; {} when there is none."""
        return next((row for row in self.rows() if any(words in text for text in row.values())), {})

    def figures(self) -> dict[str, str]:
        """The big figures, by their labels."""
        return dict(self.browser.execute_script(page_scripts.PAIRS, ".figure", ".figure-label", ".figure-value"))

    def facts(self) -> dict[str, str]:
        return dict(self.browser.execute_script(page_scripts.PAIRS, ".facts > div", "dt", "dd"))

    def press(self, name: str) -> None:
        """Click the button or link that is called so; in the dialog when one is open."""
        self._try(lambda: self._visible(f"//{_NAMED.format(_quoted(name))}").click(), f"press {name!r}")

    def has(self, name: str) -> bool:
        """Whether there is a button or link of this name."""
        return bool(self.browser.find_elements("xpath", f"//{_NAMED.format(_quoted(name))}"))

    def pick(self, label: str) -> None:
        """One of the choices of a dialog."""
        path = f"//label[contains(@class, 'choice')][contains(., {_quoted(label)})]"
        self._try(lambda: self._visible(path).click(), f"pick {label!r}")

    def choose(self, label: str, option: str) -> None:
        """Of a small select beside its label."""
        path = f"//label[span[1][normalize-space(.)={_quoted(label)}]]//select"
        self._try(lambda: Select(self._visible(path)).select_by_visible_text(option), f"choose {option!r}")

    def search(self, text: str) -> None:
        self._try(lambda: self._retype(self._visible("//main//input[@type='search']"), text), "search")

    def fill(self, field: str, value: str | bool | int) -> None:
        """A field of a form by its id; a switch takes a bool, a select the option's value."""
        self._try(lambda: self._fill(self.browser.find_element("id", field), value), f"fill {field}")

    def fill_in(self, fields: Mapping[str, Any]) -> None:
        """Many fields of a form at once, by the options' places in the configuration; they have to be there."""
        # What others depend on comes first.
        chosen = sorted(fields, key=lambda name: name not in ("type", "plugin.type", "healthCheck.type"))
        self.until(lambda: bool(self.browser.find_elements("id", "name")), "a form")
        fault = self.browser.execute_async_script(page_scripts.FILL, [[name, _items(fields[name])] for name in chosen])
        assert not fault, fault

    def editor(self) -> str:
        """The text of the editor."""
        found = self.browser.execute_script("return document.querySelector('textarea')?.value")
        return str(found or "")

    def selected(self) -> str:
        """What is selected in the editor."""
        script = "const { value, selectionStart, selectionEnd } = document.querySelector('textarea');"
        return str(self.browser.execute_script(script + "return value.slice(selectionStart, selectionEnd)"))

    def edit(self, text: str) -> None:
        """Put this text in the place of the editor's."""
        self._try(lambda: self._retype(self._visible("//textarea"), text), "edit")
        assert self.editor() == text

    def _fill(self, element: WebElement, value: str | bool | int) -> None:
        self.browser.execute_script("arguments[0].closest('details')?.setAttribute('open', '')", element)
        self._centred(element)
        if element.tag_name == "select":
            Select(element).select_by_value(str(value))
        elif isinstance(value, bool):
            if element.is_selected() != value:
                element.find_element("xpath", "..").click()
        else:
            self._retype(element, str(value))

    def _retype(self, element: WebElement, text: str) -> None:
        element.click()
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text or Keys.DELETE)

    def key(self, name: str) -> None:
        """Such as "Enter", to what has the focus."""
        self.browser.switch_to.active_element.send_keys(getattr(Keys, name.upper()))

    def tab_to(self, name: str) -> None:
        """On with Tab until the keyboard is at this."""
        for _ in range(MOST_TABS):
            if self.focus() == name:
                return
            self.key("Tab")
        raise AssertionError(f"no Tab leads to {name!r}")

    def focus(self) -> str:
        """What the keyboard is at, by its accessible name."""
        return self.browser.switch_to.active_element.accessible_name

    def mark(self) -> None:
        """Until the page is loaded anew, `is_marked` holds."""
        self.browser.execute_script("window.mark = true")

    def is_marked(self) -> bool:
        return bool(self.browser.execute_script("return window.mark ?? false"))

    def chart(self, title: str) -> str:
        """What a live chart says to those who do not see it."""
        script = "return document.querySelector(`.chart-box[aria-label^='${arguments[0]}']`)?.ariaLabel"
        return str(self.browser.execute_script(script, title))

    def _visible(self, path: str) -> WebElement:
        scope = "//dialog[@open]" if self.browser.find_elements("css selector", "dialog[open]") else ""
        found = self.browser.find_elements("xpath", scope + path)
        return self._centred(next(element for element in found if element.is_displayed()))

    def _centred(self, element: WebElement) -> WebElement:
        """In the middle of the window: the driver's own way may leave it below the header."""
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def _try(self, act: Callable[[], Any], what: str) -> None:
        """Pages paint anew at any time: try again when an element has gone, or is not there yet."""

        def works() -> bool:
            with contextlib.suppress(WebDriverException, StopIteration):
                act()
                return True
            return False

        self.until(works, f"a way to {what}")


def _items(value: Any) -> Any:
    """Objects, and arrays of {name, value}, as pairs."""
    if isinstance(value, dict):
        return list(value.items())
    return (
        [tuple(one.values()) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
    )


def _quoted(text: str) -> str:
    """A literal of XPath, which knows no escapes."""
    return f"'{text}'" if "'" not in text else f'"{text}"'


def complaints(browser: Chrome) -> list[str]:
    """Errors of scripts, and what the CSP kept from happening, since the last call; a refusal of the API is neither."""
    log = browser.get_log("browser")
    return [one["message"] for one in log if one["level"] == "SEVERE" and one["source"] != "network"]


def save(browser: Chrome, path: Path) -> None:
    """A picture of what is in sight."""
    path.write_bytes(browser.get_screenshot_as_png())
