"""Monkey-patches before everything else; gives each test a deadline and a check that it leaves nothing behind."""

from gevent import monkey

monkey.patch_all()

import signal
import weakref
from collections.abc import Iterator
from pathlib import Path

import gevent
import psutil
import pytest

from tests.support.binaries import OURS, Binary, Ends
from tests.support.lab import Lab

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it

GRACE = 5.0  # seconds that a finished test's greenlets and descriptors have to go away


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("frpg")
    group.addoption("--frps", metavar="FILE", help="run tests/e2e with this frps in place of bin/frps")
    group.addoption("--frpc", metavar="FILE", help="run tests/e2e with this frpc in place of bin/frpc")


@pytest.fixture(scope="session")
def ends(request: pytest.FixtureRequest) -> Ends:
    """The two programs under test: this checkout's, unless the command line names others."""
    frps, frpc = (request.config.getoption(f"--{name}") for name in ("frps", "frpc"))
    return Ends(
        Binary.official(Path(frps)) if frps else OURS.frps,
        Binary.official(Path(frpc)) if frpc else OURS.frpc,
    )


@pytest.fixture
def lab(ends: Ends, tmp_path: Path) -> Iterator[Lab]:
    """Programs and services of one test."""
    with Lab(ends, tmp_path) as lab:
        yield lab


@pytest.fixture
def frpg_only(ends: Ends) -> None:
    """Skip a test of what official frp does not promise, when an official program takes part."""
    if ends.frps.is_official or ends.frpc.is_official:
        pytest.skip("goes beyond official frp")


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves greenlets, descriptors or child processes behind.

    Wider fixtures are set up before this one and may keep theirs.
    """
    process = psutil.Process()
    descriptors, children = process.num_fds(), set(process.children())
    spawned: list[weakref.ref[gevent.Greenlet]] = []

    def note(greenlet: gevent.Greenlet) -> None:
        spawned.append(weakref.ref(greenlet))

    gevent.Greenlet.add_spawn_callback(note)
    try:
        yield
    finally:
        gevent.Greenlet.remove_spawn_callback(note)

    def left() -> list[str]:
        greenlets = [repr(g) for ref in spawned if (g := ref()) is not None and not g.dead]
        more = process.num_fds() - descriptors
        files = [f"{more} descriptors: {_open_files()}"] if more > 0 else []
        return greenlets + files + [repr(child) for child in set(process.children()) - children]

    with gevent.Timeout(GRACE, False):
        while left():
            gevent.sleep(0.01)
    if remains := left():
        pytest.fail("left behind: " + "; ".join(remains), pytrace=False)


def _open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return []
    return [str(name.readlink()) for name in folder.iterdir() if name.is_symlink()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A deadline that reaches a test waiting in the hub, which the signal of pytest-timeout does not."""
    marker = item.get_closest_marker("timeout")
    seconds = float(marker.args[0] if marker and marker.args else item.config.getini("timeout"))
    with gevent.Timeout(seconds * 0.95, TimeoutError(f"test took longer than {seconds * 0.95:.0f} s")):
        return (yield)
