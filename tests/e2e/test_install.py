"""What a user installs: `pip install .` gives both programs, and the demo shows a page and leaves nothing behind."""

import shutil
import signal
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.binaries import ROOT
from tests.support.lab import Lab
from tests.support.tools import run

DEMO = str(ROOT / "scripts" / "demo.py")


@pytest.mark.usefixtures("frpg_only")
def test_pip_install_gives_both_programs(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", minversion="77")
    source, prefix = tmp_path / "source", tmp_path / "prefix"
    source.mkdir()
    for name in ("setup.py", "pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in ("frpg", "bin"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "install", *offline, "--prefix", str(prefix), str(source))
    library = sysconfig.get_path("purelib", vars={"base": str(prefix)})
    for name in ("frps", "frpc"):
        # By its own first line: the interpreter that pip wrote there.
        assert (
            run("/usr/bin/env", f"PYTHONPATH={library}", str(prefix / "bin" / name), "-v", cwd=tmp_path) == "0.70.1\n"
        )
    rooms = "frpg/py.typed", "frpg/web/static/kit.css", "frpg/server/web/static/app.js", "frpg/client/web/static/app.js"
    assert all((Path(library) / name).exists() for name in rooms)


@pytest.mark.usefixtures("frpg_only")
def test_demo_once(lab: Lab) -> None:
    demo = lab.command(sys.executable, DEMO, "--once")
    assert demo.wait_exit(30) == 0
    assert "through the tunnel" in demo.text


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_demo_stays_until_it_is_told_to_go_and_takes_its_programs_along(lab: Lab, signum: int) -> None:
    demo = lab.command(sys.executable, DEMO)
    demo.wait_for("Ctrl-C ends the demo")
    children = demo.usage().children(recursive=True)
    assert len(children) == 3
    demo.process.send_signal(signum)
    assert demo.wait_exit() == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.usefixtures("frpg_only")
def test_demo_fails_when_one_of_its_programs_ends(lab: Lab) -> None:
    demo = lab.command(sys.executable, DEMO)
    demo.wait_for("Ctrl-C ends the demo")
    frps = next(child for child in demo.usage().children() if any("bin/frps" in word for word in child.cmdline()))
    frps.kill()
    assert demo.wait_exit() == 1
    assert "frps has ended" in demo.text
