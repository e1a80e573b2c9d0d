"""nginx behind a tcp proxy under wrk: every request is answered, with kept and with new connections."""

import hashlib
import random
import re
import urllib.request

import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

pytestmark = pytest.mark.program
CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; keepalive_requests 1000000; }}
}}
"""


@pytest.fixture
def nginx(lab: Lab) -> int:
    """Local port of an nginx with the files `small` and `big`."""
    program, _ = need("nginx", "wrk")
    port = free_port()
    www = lab.folder / "www"
    www.mkdir()
    (www / "small").write_bytes(b"x" * 1000)
    (www / "big").write_bytes(random.Random(1).randbytes(3_000_000))
    config = lab.write("nginx.conf", CONFIG.format(folder=lab.folder, port=port))
    lab.command(program, "-p", str(lab.folder), "-e", "stderr", "-c", str(config))
    wait_listening(port)
    return port


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("close", [False, True], ids=["kept", "new"])
def test_wrk_sees_no_error(lab: Lab, nginx: int, mux: bool, close: bool) -> None:
    proxy = tcp_proxy("web", nginx)
    server = lab.frps({"transport.tcpMux": mux, "log.level": "info"})
    lab.frpc(server.port, [proxy], {"transport.tcpMux": mux})
    header = ["-H", "Connection: close"] if close else []
    url = f"http://127.0.0.1:{proxy['remotePort']}/small"
    report = run(*need("wrk"), "-t", "1", "-c", "32", "-d", "3s", *header, url)
    assert "Socket errors" not in report, report
    assert "Non-2xx" not in report, report
    found = re.search(r"(\d+) requests in", report)
    assert found and int(found[1]) > 100, report


def test_big_answer_is_complete(lab: Lab, nginx: int) -> None:
    proxy = tcp_proxy("web", nginx, **{"transport.useEncryption": True, "transport.useCompression": True})
    lab.frpc(lab.frps().port, [proxy])
    with urllib.request.urlopen(f"http://127.0.0.1:{proxy['remotePort']}/big", timeout=20) as answer:
        body = answer.read()
    expected = (lab.folder / "www" / "big").read_bytes()
    assert hashlib.sha256(body).digest() == hashlib.sha256(expected).digest()
