"""Packaging of frpg; tool settings are in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (ROOT / "frpg/__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)
PEERS = [
    "grpcio>=1.60",
    "gunicorn>=22",
    "httptools>=0.6",
    "prometheus-client>=0.20",
    "selenium>=4.20",
    "websockets>=13",
]  # what tests talk to, and judge with
TEST = ["pytest>=8", "pytest-timeout>=2.3", "setuptools>=77", *PEERS]
DEV = ["ruff>=0.14", "mypy>=1.18", "import-linter>=2.5", "types-PyYAML", "types-gevent", "types-psutil"]

setup(
    name="frpg",
    version=VERSION,
    description="A reverse tunnel, drop-in for fatedier's frp, in Python on gevent",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8") if (ROOT / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["frpg", "frpg.*"]),
    package_data={
        "frpg": ["py.typed"],
        **{room: ["static/**/*"] for room in ("frpg.web", "frpg.server.web", "frpg.client.web")},
    },
    scripts=["bin/frps", "bin/frpc"],
    install_requires=(ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n"),
    extras_require={"test": TEST, "dev": [*TEST, *DEV]},
)
