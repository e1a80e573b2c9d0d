"""WebSockets through an http proxy: Python's websockets at both ends, and a page in Chromium."""

import pytest

from tests.support import nginx
from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

pytestmark = pytest.mark.program
HOST = "app.example.test"
STAGES = [{}, {"transport.useEncryption": True, "transport.useCompression": True}]
# The load event, and with it --dump-dom, waits for a picture that is answered by nobody; the script gives it up when
# its conversation is over.
PAGE = b"""<!doctype html><meta charset="utf-8"><title>talking</title>
<p id="result">nothing yet</p><img id="hold" src="/hold">
<script>
const heard = [], result = document.getElementById("result");
const end = text => { result.textContent = text; document.getElementById("hold").src = "data:,"; };
const socket = new WebSocket(`ws://${location.host}/socket`);
socket.binaryType = "arraybuffer";
socket.onopen = () => {
    for (const message of ["text \xc3\xbc", "x".repeat(100000), new Uint8Array([0, 255, 7])]) socket.send(message);
};
socket.onmessage = ({data}) => {
    heard.push(typeof data === "string" ? (data.length > 100 ? data.length : data) : new Uint8Array(data).join("-"));
    if (heard.length === 3) socket.close(1000, "enough");
};
socket.onclose = ({code, wasClean}) => end(`heard ${heard.join(", ")}; closed ${code} ${wasClean}`);
</script>
"""


@pytest.fixture
def echo(lab: Lab) -> int:
    """Local port of a WebSocket echo server."""
    need_module("websockets")
    lab.command(*command("websocket_echo", port := free_port()))
    wait_listening(port)
    return port


@pytest.mark.parametrize("stages", STAGES, ids=["plain", "both"])
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_every_message_comes_back(lab: Lab, echo: int, mux: bool, stages: dict[str, bool]) -> None:
    port, options = free_port(), {"transport.tcpMux": mux}
    server = lab.frps({"vhostHTTPPort": port, **options})
    lab.frpc(server.port, [Front("http", port).proxy("web", echo, HOST, **stages)], options)
    assert run(*command("websocket_client", port, HOST)) == "all came back\n"


def test_through_a_tcp_proxy(lab: Lab, echo: int) -> None:
    tcp = free_port()
    lab.frpc(lab.frps().port, [Front("tcp", tcp).proxy("web", echo)])
    assert run(*command("websocket_client", tcp, HOST)) == "all came back\n"


def test_page_in_chromium(lab: Lab, echo: int) -> None:
    chromium, _ = need("chromium", "nginx")
    nginx.serve_files(lab, files := free_port(), {"page.html": PAGE})
    web = Front("http", free_port())
    silent = lab.backlog()
    proxies = [
        web.proxy("page", files, HOST),
        web.proxy("socket", echo, HOST, locations=["/socket"]),
        web.proxy("silent", silent.port, HOST, locations=["/hold"]),
    ]
    lab.frpc(lab.frps({"vhostHTTPPort": web.port}).port, proxies)
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    shape = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"]
    place = [f"--user-data-dir={lab.folder / 'profile'}", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    page = run(chromium, *shape, *quiet, *place, "--dump-dom", f"http://{HOST}:{web.port}/page.html")
    assert '<p id="result">heard text ü, 100000, 0-255-7; closed 1000 true</p>' in page
    with silent.accept():
        pass  # the picture was asked for
