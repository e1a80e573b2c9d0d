"""nginx with a configuration of a test's own, in the foreground and as one process."""

from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.tools import need, wait_listening

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")  # Debian keeps it in a package of its own
_MAIN = """\
{load}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
"""
_HTTP = """\
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


def serve_files(lab: Lab, port: int, files: dict[str, bytes]) -> None:
    """Run nginx at `port` with these files."""
    www = lab.folder / "www"
    www.mkdir()
    for name, content in files.items():
        (www / name).write_bytes(content)
    run(lab, port, http(lab, f"server {{ listen 127.0.0.1:{port}; root {www}; keepalive_requests 1000000; }}"))


def http(lab: Lab, servers: str) -> str:
    """The block of a web server with these `server` blocks."""
    return _HTTP.format(folder=lab.folder, servers=servers)


def pass_connections(lab: Lab, routes: dict[int, int]) -> None:
    """Run an nginx that passes connections of one port to another, each with a PROXY header."""
    if not STREAM_MODULE.exists():
        pytest.skip("not installed: nginx's stream module")
    each = "server {{ listen 127.0.0.1:{}; proxy_pass 127.0.0.1:{}; proxy_protocol on; }}"
    servers = "\n".join(each.format(*route) for route in routes.items())
    run(lab, next(iter(routes)), f"stream {{ {servers} }}", load=f"load_module {STREAM_MODULE};")


def run(lab: Lab, port: int, blocks: str, *, load: str = "") -> None:
    """Run nginx with these blocks; returns when somebody listens at `port`."""
    start(lab, blocks, load=load)
    wait_listening(port)


def start(lab: Lab, blocks: str, *, load: str = "") -> None:
    """Run nginx with these blocks; waits for nothing."""
    (program,) = need("nginx")
    config = lab.write("nginx.conf", _MAIN.format(folder=lab.folder, load=load) + blocks)
    lab.command(program, "-p", str(lab.folder), "-e", "stderr", "-c", str(config))
