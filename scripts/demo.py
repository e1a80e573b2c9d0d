"""The demo: a web service behind a tunnel on this machine, each program in its own process."""

from __future__ import annotations

import argparse
import contextlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0
STOP_SECONDS = 3.0
PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>frpg</title>
<style>body {{ font: 18px/1.6 sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }}</style>
<h1>It works</h1>
<p>This page comes from a web service at <code>127.0.0.1:{web}</code>. You asked
<code>127.0.0.1:{public}</code>, a port of <b>frps</b>, which passed your request through the tunnel
to <b>frpc</b>, which passed it to the service.</p>
"""
PICTURE = """
  you          http://127.0.0.1:{public}/
   |
  frps         listens at 127.0.0.1:{control} for frpc, at 127.0.0.1:{public} for you
   |
   |           one connection: TLS, multiplexed, logged in with a token
   |
  frpc         proxy [web]
   |
  web service  http://127.0.0.1:{web}/
"""


class Failure(Exception):
    """The demo cannot go on; the text says why."""


class Child:
    """A process of the demo. Its lines go to the terminal once `is_shown`; `stop` ends it."""

    def __init__(self, name: str, *command: str) -> None:
        self.name = name
        self.is_shown = False
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._seen: list[str] = []
        # Its own session: Ctrl-C reaches the demo alone, which then stops its children in order.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._lines.put(line.rstrip())
                if self.is_shown:
                    print(f"{self.name} | {line.rstrip()}", flush=True)
        self._lines.put(None)

    def wait_for(self, text: str) -> str:
        """The first line with `text`; Failure when the process ends or is silent before."""
        deadline = time.monotonic() + START_SECONDS
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
                self._seen.append(line)
                if text in line:
                    return line
        raise Failure("\n".join([f"{self.name} did not start; it said:", *self._seen]))

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds at this moment."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


class Demo:
    """The three processes and the folder of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []
        self.control, self.public = free_ports(2)
        self.web = 0

    def start(self) -> None:
        self._start_web()
        token = "demo"
        server = f'bindAddr = "127.0.0.1"\nbindPort = {self.control}\nauth.token = "{token}"\n'
        client = (
            f'serverAddr = "127.0.0.1"\nserverPort = {self.control}\nauth.token = "{token}"\n\n'
            f'[[proxies]]\nname = "web"\ntype = "tcp"\nlocalPort = {self.web}\nremotePort = {self.public}\n'
        )
        self._start_program("frps", server).wait_for("frps started successfully")
        self._start_program("frpc", client).wait_for("[web] start proxy success")

    def _start_web(self) -> None:
        site = self.folder / "site"
        site.mkdir()
        command = ("-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(site))
        line = self._start("web ", sys.executable, *command).wait_for("Serving HTTP on")
        self.web = int(line.partition(" port ")[2].split()[0])
        (site / "index.html").write_text(PAGE.format(**self._ports()), encoding="utf-8")

    def _start_program(self, name: str, config: str) -> Child:
        path = self.folder / f"{name}.toml"
        path.write_text(config, encoding="utf-8")
        return self._start(name, sys.executable, str(ROOT / "bin" / name), "-c", str(path))

    def _start(self, name: str, *command: str) -> Child:
        child = Child(name, *command)
        self.children.append(child)
        return child

    def _ports(self) -> dict[str, int]:
        return {"web": self.web, "control": self.control, "public": self.public}

    def check(self) -> str:
        """Fetch the page through the tunnel and say so; Failure when it is another one."""
        url, expected = f"http://127.0.0.1:{self.public}/", PAGE.format(**self._ports()).encode()
        no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        start = time.monotonic()
        try:
            with no_proxy.open(url, timeout=10) as answer:
                body = answer.read()
        except OSError as error:
            raise Failure(f"{url} does not answer: {error}") from error
        if body != expected:
            raise Failure(f"{url} answers with something else: {body[:200]!r}")
        elapsed_ms = (time.monotonic() - start) * 1000
        return f"Fetched {url} through the tunnel: {len(body)} bytes in {elapsed_ms:.0f} ms, as expected."

    def show(self) -> None:
        print(PICTURE.format(**self._ports()))

    def stay(self) -> None:
        """Show what the programs log until Ctrl-C; Failure when one of them ends."""
        for child in self.children:
            child.is_shown = True
        while not (gone := [child.name for child in self.children if child.has_ended()]):
            time.sleep(0.5)
        raise Failure(f"{gone[0]} has ended")

    def stop(self) -> None:
        for child in reversed(self.children):
            child.is_shown = False
            child.stop()


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        yield


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the check; the exit code says how it went")
    once: bool = parser.parse_args().once
    with tempfile.TemporaryDirectory(prefix="frpg-demo-") as folder:
        demo = Demo(Path(folder))
        try:
            with stopped_by_signals():
                demo.start()
                demo.show()
                print(demo.check(), flush=True)
                if once:
                    return 0
                print(f"\nOpen http://127.0.0.1:{demo.public}/ in a browser. Ctrl-C ends the demo.\n", flush=True)
                demo.stay()
            return 0 if not once else 1
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
        finally:
            demo.stop()


if __name__ == "__main__":
    sys.exit(main())
