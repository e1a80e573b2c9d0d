"""The pictures of docs/images, taken from programs that run (scene.py) with Chromium."""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from scene import ADMIN, DASHBOARD, SITE, Scene

from tests.support.binaries import OURS
from tests.support.browser import PHONE, WIDE, Page, chromium, save
from tests.support.lab import Lab

ROOT = Path(__file__).resolve().parent.parent

# Name of the picture, route, and a text that is there once the page is complete.
DASHBOARD_PAGES = [
    ("overview", "/", "Bind port"),
    ("clients", "/clients", "shop.berlin-1"),
    ("client", "/clients/shop.berlin-1", "shop.redis"),
    ("proxies", "/proxies", "shop.db"),
    ("proxy", "/proxy/shop.db", "on-call"),
    ("connections", "/connections", "shop.db"),
]
ADMIN_PAGES = [
    ("overview", "/", "Run ID"),
    ("proxies", "/proxies", "printer"),
    ("store", "/proxies?tab=store", "camera"),
    ("visitors", "/visitors", "wiki"),
]
CALENDAR = {
    "name": "calendar",
    "type": "http",
    "customDomains": ["calendar.example.com"],
    "localPort": SITE,
    "httpUser": "family",
    "httpPassword": "not shown",
}
NOTES = {"name": "notes", "serverName": "notes", "serverUser": "alice", "secretKey": "not shown", "bindPort": 9002}
SETTLED = 2.5  # seconds in which a live page asks twice
WATCHED = 120.0  # seconds: the curve of one proxy begins when its page is opened


class Camera:
    """Takes pictures of one program's pages; a name gets the program's name before it."""

    def __init__(self, page: Page, folder: Path, program: str) -> None:
        self._page = page
        self._folder = folder
        self._program = program

    def tour(self, pages: list[tuple[str, str, str]]) -> None:
        for name, route, text in pages:
            self.take(name, route, text)

    def take(self, name: str, route: str, text: str, prepare: Callable[[Page], None] = lambda page: None) -> None:
        """`prepare` is done once the page is there."""
        self._page.open(route)
        self._page.shows(text)
        prepare(self._page)
        self._page.rest(SETTLED)
        path = self._folder / f"{self._program}-{name}.png"
        save(self._page.browser, path)
        _shrink(path)
        print(f"{path.name}: {path.stat().st_size // 1024} KB", flush=True)

    def forget(self) -> None:
        """What was typed: the next picture is of another page."""
        self._page.browser.get("about:blank")

    def variants(self, name: str, route: str, text: str) -> None:
        """In the dark, and on a phone."""
        self._page.paint("dark")
        self.take(f"{name}-dark", route, text)
        self._page.paint("light")
        self._page.resize(*PHONE)
        self.take(f"{name}-phone", route, text)
        self._page.resize(*WIDE)


def dashboard(camera: Camera) -> None:
    camera.tour(DASHBOARD_PAGES)
    camera.take("disconnect", "/clients", "alice.laptop", lambda page: page.press("Disconnect alice.laptop"))
    camera.variants(*DASHBOARD_PAGES[0])
    camera.variants(*DASHBOARD_PAGES[3])


def admin(camera: Camera) -> None:
    camera.tour(ADMIN_PAGES)
    camera.take("proxy", "/proxies/detail/files", "Bandwidth limit", lambda page: page.rest(WATCHED))
    camera.variants(*ADMIN_PAGES[0])
    camera.variants(*ADMIN_PAGES[1])
    camera.take("form", "/proxies/create", "Remote port", lambda page: page.fill_in(CALENDAR))
    camera.forget()
    camera.take("visitor-form", "/visitors/create", "Server name", lambda page: page.fill_in(NOTES))
    camera.forget()
    camera.take("config", "/config", "Tab indents", _misspell)


def _misspell(page: Page) -> None:
    text = page.editor().replace('type = "http"', 'type = "htpp"').replace("useCompression", "useCompresion")
    page.edit(text)
    page.press("Check")
    page.shows("2 faults")


def _shrink(path: Path) -> None:
    """To a palette, where the program for it is installed."""
    if pngquant := shutil.which("pngquant"):
        subprocess.run([pngquant, "--force", "--strip", "--speed=1", "--output", str(path), str(path)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of traffic first; ten fill the curves")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends as well
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Lab(OURS, Path(folder)) as lab:
        scene = Scene(lab)
        try:
            scene.play(arguments.minutes * 60)
            with chromium() as browser:
                for port, shoot, program in ((DASHBOARD, dashboard, "dashboard"), (ADMIN, admin, "admin")):
                    page = Page(browser, port)
                    page.log_in()
                    shoot(Camera(page, arguments.folder, program))
        finally:
            scene.close()


if __name__ == "__main__":
    main()
