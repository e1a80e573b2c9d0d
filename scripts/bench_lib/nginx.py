"""nginx as the web service behind every tunnel, and as the two plain hops beside them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from .ports import HOST

SMALL = 1024  # bytes of the page on every path but one
LARGE = 100 * 1024
LARGE_PATH = "/large"
UPSTREAM_CONNECTIONS = 64  # that a hop keeps open to the next one

# One process, so that its pid is that of the one worker.
_FRAME = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{directives}
}}
"""

_PAGES = """\
    open_file_cache max=8;
    default_type text/plain;
    server {{
        listen {host}:{port} backlog=4096;
        location / {{ return 200 "{page}"; }}
        location = {large_path} {{ alias {large}; }}
    }}"""

# The large page fits into the buffers: with nginx's default ones a hop would write part of it to a file.
_HOP = """\
    proxy_buffers 16 16k;
    upstream next {{
        server {host}:{next_port};
        keepalive {connections};
        keepalive_requests 1000000000;
        keepalive_timeout 1h;
    }}
    server {{
        listen {host}:{port} backlog=4096;
        location / {{
            proxy_pass http://next;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}"""


@dataclass(frozen=True)
class Hop:
    """A reverse proxy from one port to the next."""

    port: int
    next_port: int

    @property
    def directives(self) -> str:
        return _HOP.format(host=HOST, port=self.port, next_port=self.next_port, connections=UPSTREAM_CONNECTIONS)


def program() -> str | None:
    """Where nginx is; Debian has it outside of a user's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def pages(folder: Path, port: int) -> str:
    """Directives of a server of two pages, one of which is a file that this writes to `folder`."""
    large = folder / "large"
    large.write_bytes(b"y" * LARGE)
    page = "x" * (SMALL - 1) + "\\n"
    return _PAGES.format(host=HOST, port=port, page=page, large_path=LARGE_PATH, large=large)


def command(folder: Path, directives: str) -> list[str]:
    """Write the configuration to `folder`, which keeps everything else of it too, and return what starts it."""
    path = folder / "nginx.conf"
    path.write_text(_FRAME.format(folder=folder, directives=directives), encoding="utf-8")
    return [program() or "nginx", "-c", str(path), "-p", str(folder), "-e", str(folder / "nginx.log")]
