"""nginx behind an http proxy: curl in every protocol version, wrk and h2load without one error."""

import hashlib
import random
import re
from pathlib import Path

import pytest

from tests.support import nginx
from tests.support.curl import Curl
from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.ports import free_port
from tests.support.tools import need, run

pytestmark = pytest.mark.program
HOST = "www.example.test"
FILES = {"small": b"x" * 1000, "medium": b"y" * 100_000, "big": random.Random(1).randbytes(20_000_000)}
VERSIONS = {"1.0": "--http1.0", "1.1": "--http1.1", "2": "--http2-prior-knowledge"}


@pytest.fixture(params=[True, False], ids=["mux", "nomux"])
def web(lab: Lab, request: pytest.FixtureRequest) -> int:
    """Port of a server that brings HOST to an nginx with FILES."""
    need("nginx")
    nginx.serve_files(lab, local := free_port(), FILES)
    port, mux = free_port(), {"transport.tcpMux": request.param, "log.level": "info"}
    server = lab.frps({"vhostHTTPPort": port, **mux})
    lab.frpc(server.port, [Front("http", port).proxy("web", local, HOST)], mux)
    return port


@pytest.mark.parametrize("version", VERSIONS)
def test_files_arrive_whole(lab: Lab, web: int, version: str) -> None:
    curl = Curl(HOST, web)
    for name, content in FILES.items():
        target = lab.folder / f"{name}.got"
        seen = curl(f"/{name}", VERSIONS[version], "-o", str(target), "-w", "%{http_code} %{http_version}")
        assert seen == f"200 {version.removesuffix('.0')}"
        assert checksum(target) == hashlib.sha256(content).hexdigest()


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_part_a_head_and_what_has_not_changed(web: int, version: str) -> None:
    curl = Curl(HOST, web)
    part = curl("/big", VERSIONS[version], "-r", "1000-1999", "-o", "/dev/null", "-w", "%{http_code} %{size_download}")
    assert part == "206 1000"
    head = curl("/big", VERSIONS[version], "-I").lower()
    assert "content-length: 20000000" in head
    tag = re.search(r'etag: ("[^"]+")', head)
    assert tag
    unchanged = curl("/big", VERSIONS[version], "-H", f"If-None-Match: {tag[1]}", "-w", "%{http_code} %{size_download}")
    assert unchanged == "304 0"


def test_one_connection_serves_many_requests(web: int) -> None:
    """Not in version 2: some releases of curl cannot use such a connection twice."""
    curl = Curl(HOST, web)
    again = [part for _ in range(20) for part in ("-o", "/dev/null", f"http://{HOST}:{web}/small")]
    seen = curl("/small", "-o", "/dev/null", *again, "-w", "%{http_code} %{num_connects}\n")
    assert seen.split("\n")[:-1] == ["200 1"] + ["200 0"] * 20


@pytest.mark.parametrize("close", [False, True], ids=["kept", "new"])
@pytest.mark.parametrize("name", ["small", "medium"])
def test_wrk_sees_no_error(web: int, name: str, close: bool) -> None:
    headers = ["-H", f"Host: {HOST}", *(["-H", "Connection: close"] if close else [])]
    report = run(*need("wrk"), "-t", "1", "-c", "32", "-d", "3s", *headers, f"http://127.0.0.1:{web}/{name}")
    assert "Socket errors" not in report, report
    assert "Non-2xx" not in report, report
    found = re.search(r"(\d+) requests in", report)
    assert found and int(found[1]) > 100, report


@pytest.mark.parametrize("protocol", [["--h1"], ["-m", "20"]], ids=["1.1", "2"])
def test_h2load_sees_no_error(web: int, protocol: list[str]) -> None:
    place = f"--connect-to=127.0.0.1:{web}"
    report = run(*need("h2load"), "-n", "3000", "-c", "10", *protocol, place, f"http://{HOST}:{web}/small")
    assert "3000 succeeded, 0 failed, 0 errored, 0 timeout" in report, report
    assert "status codes: 3000 2xx" in report, report
