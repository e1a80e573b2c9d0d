"""A folder behind a server: curl, wget and Chromium read it, and nothing else of the machine."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gevent
import pytest

from tests.support.browser import PHONE, Page, chromium, complaints
from tests.support.curl import Curl
from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.tools import need, run
from tests.support.waiting import eventually
from tests.support.web import HOST, Visitor, get, request
from tests.support.web_message import Message

TYPES = {"plain": {}, "both": {"transport.useEncryption": True, "transport.useCompression": True}}
LARGE = random.Random(1).randbytes(3_000_000)
TEXT = b"".join(b"line %d\n" % number for number in range(20_000))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "www"
    (root / "below").mkdir(parents=True)
    (root / "large.bin").write_bytes(LARGE)
    (root / "text.txt").write_bytes(TEXT)
    (root / "below" / "grüße & mehr.txt").write_bytes(b"hello\n")
    (tmp_path / "secret").write_bytes(b"secret")
    return root


def publish(lab: Lab, root: Path, plugin: dict[str, str] | None = None, *, mux: bool = True, **options: Any) -> int:
    """The remote port of a folder."""
    settled = {"type": "static_file", "localPath": str(root), **(plugin or {})}
    proxy = tcp_proxy("files", 0, **{f"plugin.{key}": value for key, value in settled.items()}, **options)
    lab.frpc(lab.frps({"transport.tcpMux": mux}).port, [proxy], {"transport.tcpMux": mux})
    return int(proxy["remotePort"])


def curl(port: int, path: str, *options: str) -> str:
    (program,) = need("curl")
    common = ["--silent", "--show-error", "--noproxy", "*", "--max-time", "50", "--path-as-is"]
    return run(program, *common, *options, f"http://127.0.0.1:{port}{path}")


def ask(port: int, content: bytes) -> Message:
    with Visitor(port) as visitor:
        return visitor.ask(content)


# --- real programs


@pytest.mark.program
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
def test_curl_gets_files(lab: Lab, root: Path, options: dict[str, object], mux: bool) -> None:
    port, copy = publish(lab, root, mux=mux, **options), lab.folder / "copy"
    for _ in range(2):
        curl(port, "/large.bin", "--output", str(copy))
        assert copy.read_bytes() == LARGE
    assert curl(port, "/below/gr%C3%BC%C3%9Fe%20&%20mehr.txt") == "hello\n"
    assert curl(port, "/text.txt", "--compressed").encode() == TEXT
    assert (
        curl(port, "/large.bin", "--range", "1000-1009", "--write-out", "%{http_code}", "--output", str(copy)) == "206"
    )
    assert copy.read_bytes() == LARGE[1000:1010]


@pytest.mark.program
@pytest.mark.parametrize("kind", ["http", "tcpmux"])
def test_behind_a_name(lab: Lab, root: Path, kind: str) -> None:
    port = free_port()
    server = lab.frps({"vhostHTTPPort" if kind == "http" else "tcpmuxHTTPConnectPort": port})
    proxy = {"name": "files", "type": kind, "customDomains": [HOST], "plugin.type": "static_file"}
    if kind == "tcpmux":
        proxy["multiplexer"] = "httpconnect"
    lab.frpc(server.port, [proxy | {"plugin.localPath": str(root)}])
    if kind == "http":
        assert Curl(HOST, port)("/text.txt").encode() == TEXT
    else:
        (program,) = need("curl")
        way = ["--proxytunnel", "--proxy", f"http://127.0.0.1:{port}", "--noproxy", ""]
        assert run(program, "-sS", "--max-time", "50", *way, f"http://{HOST}/text.txt").encode() == TEXT


@pytest.mark.program
@pytest.mark.parametrize("program", ["curl", "wget"])
def test_a_download_that_broke_off_goes_on(lab: Lab, root: Path, program: str) -> None:
    (path,) = need(program)
    port, copy = publish(lab, root), lab.folder / "copy"
    with Visitor(port) as visitor:
        visitor.send(get("/large.bin"))
        visitor.reader.head()
        copy.write_bytes(visitor.reader.exact(1_000_000))
    resume = {"curl": ["-sS", "-C", "-", "-o", str(copy)], "wget": ["-q", "--no-proxy", "-c", "-O", str(copy)]}
    run(path, *resume[program], f"http://127.0.0.1:{port}/large.bin")
    assert copy.read_bytes() == LARGE


@pytest.mark.program
def test_curl_gives_the_password(lab: Lab, root: Path) -> None:
    port = publish(lab, root, {"httpUser": "abc", "httpPassword": "s3cret"})
    assert curl(port, "/text.txt", "--user", "abc:s3cret").encode() == TEXT
    for user in ([], ["--user", "abc:wrong"]):
        assert curl(port, "/text.txt", *user) == "Unauthorized\n"
    assert "s3cret" not in "\n".join(program.text for program in lab.programs)


@pytest.mark.program
def test_curl_speaks_http2(lab: Lab, root: Path, frpg_only: None) -> None:
    port, copy = publish(lab, root), lab.folder / "copy"
    curl(port, "/large.bin", "--http2-prior-knowledge", "--output", str(copy))
    assert copy.read_bytes() == LARGE


@pytest.mark.program
def test_a_browser_shows_the_folder(lab: Lab, root: Path, frpg_only: None) -> None:
    (root / "<i>evil.txt").write_bytes(b"harmless")
    port = publish(lab, root)
    with chromium() as browser:
        page = Page(browser, port)
        browser.get(f"http://127.0.0.1:{port}/")
        page.shows("below/", "large.bin", "3.0 MB", "<i>evil.txt")
        page.resize(*PHONE)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        page.press("below/")
        page.shows("grüße & mehr.txt")
        assert browser.title == "/below/"
        page.press("grüße & mehr.txt")
        page.shows("hello")
        browser.back()
        page.press("..")
        page.press("<i>evil.txt")
        page.shows("harmless")
        browser.back()
        target = lab.folder / "downloads"
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(target)})
        page.press("large.bin")
        eventually(lambda: _is_copy(target / "large.bin"), what="the download is not complete")
        assert not complaints(browser)


def _is_copy(path: Path) -> bool:
    return path.is_file() and path.read_bytes() == LARGE


# --- byte for byte


def test_many_at_once(lab: Lab, root: Path) -> None:
    port, wanted = publish(lab, root), hashlib.sha256(LARGE).digest()

    def fetch() -> bool:
        with Visitor(port) as visitor:
            return all(hashlib.sha256(visitor.ask(get("/large.bin")).body).digest() == wanted for _ in range(2))

    readers = [gevent.spawn(fetch) for _ in range(10)]
    gevent.joinall(readers, timeout=60)
    assert [reader.value for reader in readers] == [True] * 10


def test_a_visitor_that_does_not_read(lab: Lab, root: Path) -> None:
    port = publish(lab, root)
    (root / "huge.bin").write_bytes(LARGE * 10)
    with Visitor(port) as lazy:
        lazy.send(get("/huge.bin"))
        for _ in range(3):
            assert ask(port, get("/text.txt")).body == TEXT
        assert lazy.answer().body == LARGE * 10


@pytest.mark.parametrize("path", ["/text.txt", "/below/", "/below", "/none", "/text.txt/", "/below/../text.txt"])
def test_connections_are_kept(lab: Lab, root: Path, path: str) -> None:
    with Visitor(publish(lab, root)) as visitor:
        first, second = (visitor.ask(get(path)) for _ in range(2))
    assert (first.status, first.body) == (second.status, second.body)
    assert first.status == {"/text.txt": 200, "/below/": 200, "/none": 404}.get(path, 301)


def test_conditions_and_parts(lab: Lab, root: Path) -> None:
    with Visitor(publish(lab, root)) as visitor:
        (date,) = visitor.ask(get("/text.txt")).values("Last-Modified")
        since, part = f"If-Modified-Since: {date.decode()}", "Range: bytes=5-9"
        assert visitor.ask(get("/text.txt", since)).status == 304
        for field, body in ((f"If-Range: {date.decode()}", TEXT[5:10]), ('If-Range: "other"', TEXT)):
            assert visitor.ask(get("/text.txt", part, field)).body == body
        several = visitor.ask(get("/text.txt", "Range: bytes=0-1,5-9"))
        assert several.status == 206
        assert b"Content-Range: bytes 5-9/%d\r\n" % len(TEXT) in several.body
        beyond = visitor.ask(get("/text.txt", f"Range: bytes={len(TEXT)}-"))
        assert (beyond.status, beyond.values("Content-Range")) == (416, [b"bytes */%d" % len(TEXT)])


def test_a_prefix(lab: Lab, root: Path) -> None:
    port = publish(lab, root, {"stripPrefix": "static"})
    assert ask(port, get("/static/text.txt")).body == TEXT
    for path in ("/text.txt", "/static", "/"):
        assert ask(port, get(path)).status == 404


OUT = ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/below/..%5c..%5csecret", "/%c0%ae%c0%ae/secret", "//secret"]


@pytest.mark.parametrize("path", OUT)
def test_no_dots_lead_out(lab: Lab, root: Path, path: str) -> None:
    answer = ask(publish(lab, root), get(path))
    assert answer.status in (301, 404)
    assert b"secret" not in answer.body.replace(b'<a href="/secret">', b"")


def test_no_link_leads_out(lab: Lab, root: Path, frpg_only: None) -> None:
    links: Sequence[tuple[str, str | Path]] = [
        ("file", "../secret"),
        ("folder", ".."),
        ("absolute", root.parent / "secret"),
        ("inside", "below/grüße & mehr.txt"),
    ]
    for name, target in links:
        (root / name).symlink_to(target)
    port = publish(lab, root)
    for path in ("/file", "/folder/secret", "/absolute", "/folder/"):
        assert ask(port, get(path)).status == 404
    assert ask(port, get("/inside")).body == b"hello\n"
    assert b"absolute" not in ask(port, get("/")).body


def test_beyond_frp(lab: Lab, root: Path, frpg_only: None) -> None:
    with Visitor(publish(lab, root)) as visitor:
        head = visitor.ask(request("HEAD /text.txt HTTP/1.1"))
        assert head.values("Content-Length") == [b"%d" % len(TEXT)]
        (tag,) = head.values("ETag")
        assert visitor.ask(get("/text.txt", f"If-None-Match: {tag.decode()}")).status == 304
        part = visitor.ask(get("/text.txt", "Range: bytes=0-4", "Accept-Encoding: gzip"))
        assert (part.body, part.values("Content-Encoding")) == (TEXT[:5], [])
        assert visitor.ask(request("DELETE /text.txt HTTP/1.1")).values("Allow") == [b"GET, HEAD"]
