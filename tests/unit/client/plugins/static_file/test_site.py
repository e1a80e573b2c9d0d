"""Who may ask for what: paths, methods, passwords, faults, other versions of HTTP."""

import base64
import errno
import gzip
import os
import re
from pathlib import Path

import pytest

from frpg.client.plugins.static_file import site as site_module
from tests.support.http2 import Peer
from tests.support.waiting import eventually
from tests.unit.client.plugins.static_file.visiting import Visit, value

SECRET = b"secret"


def test_a_page_in_place_of_the_listing(visit: Visit) -> None:
    visit.file("index.html", b"<p>top")
    visit.file("d/index.html", b"<p>below")
    for _ in range(2):
        assert visit.body("/") == b"<p>top"
        assert visit.body("/d/") == b"<p>below"
    answer = visit.ask("/d/index.html?x=1")
    assert (answer.status, value(answer, "Location"), answer.body) == (301, b"./?x=1", b"")


def test_a_folder_of_that_name_is_no_page(visit: Visit) -> None:
    visit.file("index.html/file")
    assert b'href="./index.html/"' in visit.body("/")


def test_slashes_at_the_end(visit: Visit) -> None:
    visit.file("d/a b.txt")
    for target, location in (("/d", b"./d/"), ("/d?x=1", b"./d/?x=1"), ("/d/a%20b.txt/", b"../a%20b.txt")):
        answer = visit.ask(target)
        assert (answer.status, value(answer, "Location")) == (301, location)


@pytest.mark.parametrize(
    ("target", "location"),
    [("/d/../a.txt", b"/a.txt"), ("/./a.txt?q", b"/a.txt?q"), ("//evil.test/..", b"/"), ("//evil.test", b"/evil.test"),
     ("/%2e%2e/a.txt", b"/a.txt"), ("/d//", b"/d/"), ("/%5Cevil.test/.", b"/%5Cevil.test")],
)  # fmt: skip
def test_other_spellings_of_a_path(visit: Visit, target: str, location: bytes) -> None:
    answer = visit.ask(target)
    assert (answer.status, value(answer, "Location")) == (301, location)


def test_names_of_all_kinds(visit: Visit) -> None:
    for name in ("ä ö", "a:b", "a?b", "a#b", "a%41", ".dot", "a&b", "~x", "a\\b", "'\"<>"):
        visit.file(name, name.encode())
    visit.file("real", b"\xff")
    (visit.root / "real").rename(os.fsdecode(os.fsencode(visit.root) + b"/\xff\xfe"))
    listing = visit.body("/").decode()
    hrefs = re.findall(r'<tr><td><a href="(\./[^"]*)"', listing)
    assert len(hrefs) == 11
    for href in hrefs:
        target = href.removeprefix(".").replace("&amp;", "&").replace("&#x27;", "'")
        assert visit.body(target), target
    assert visit.body("/%C3%A4%20%C3%B6") == "ä ö".encode()


OUT = [
    "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret", "/d/../../secret", "/d/%2e%2e/%2e%2e/secret",
    "/..%5csecret", "/..\\secret", "/%c0%ae%c0%ae/secret", "/%c0%ae%c0%ae%c0%afsecret", "/%e0%80%ae%e0%80%ae/secret",
    "/%252e%252e/secret", "/....//secret", "/.../secret", "/..;/secret", "/%00/../secret", "/../secret%00.txt",
    "/link", "/links/secret", "/links/", "/absolute", "//secret", "/./../secret", "/%2e./secret", "/.%2e/secret",
    "/{root}/../secret", "/{outside}/secret", "//{outside}/secret", "/file:///{outside}/secret", "/secret.",
    "/secret/.", "/d/..%00/secret", "/d/%2e%2e%00/../secret", "/%uff0e%uff0e/secret", "/fifo", "/d/../../secret?x=/../",
]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "static"])
@pytest.mark.parametrize("target", OUT)
def test_nothing_outside_is_ever_sent(visit: Visit, target: str, prefix: str) -> None:
    (visit.outside / "secret").write_bytes(SECRET)
    visit.file("d/file")
    (visit.root / "link").symlink_to("../secret")
    (visit.root / "links").symlink_to("..")
    (visit.root / "absolute").symlink_to(visit.outside / "secret")
    os.mkfifo(visit.root / "fifo")
    visit.options(strip_prefix=prefix)
    path = target.format(root=visit.root, outside=visit.outside)
    for start in {"", f"/{prefix}" if prefix else ""}:
        next_target = start + path
        for _ in range(3):
            answer = visit.ask(next_target)
            assert SECRET not in answer.body.replace(b"secret</bdi>", b"").replace(b"secret</a>", b"")
            if answer.status != 301:
                break
            next_target = value(answer, "Location").decode()
            if not next_target.startswith("/"):
                break
        assert answer.status in (301, 400, 404), answer


def test_a_prefix(visit: Visit) -> None:
    visit.file("a.txt", b"here")
    visit.options(strip_prefix="static")
    assert visit.body("/static/a.txt") == b"here"
    assert visit.body("/static/") != b""
    for target in ("/", "/a.txt", "/static", "/staticx/a.txt", "/statics"):
        answer = visit.ask(target)
        assert (answer.status, answer.body) == (404, b"404 page not found\n")
        assert value(answer, "Content-Type") == b"text/plain; charset=utf-8"


def test_a_prefix_with_slashes(visit: Visit) -> None:
    visit.file("a.txt", b"here")
    visit.options(strip_prefix="/a/b/")
    assert visit.body("/a/b/a.txt") == b"here"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"])
def test_other_methods(visit: Visit, method: str) -> None:
    answer = visit.ask("/", method=method)
    assert (answer.status, answer.body, value(answer, "Allow")) == (405, b"", b"GET, HEAD")


def test_connect(visit: Visit) -> None:
    assert visit.ask("a.test:80", method="CONNECT").status == 405


def test_a_complete_url(visit: Visit) -> None:
    visit.file("a.txt", b"here")
    assert visit.body("http://other.test/a.txt") == b"here"


def test_no_right_to_read(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, who may read everything."""
    visit.file("a.txt")
    faults = iter([errno.EACCES, errno.EIO, errno.ENAMETOOLONG])
    real = os.open

    def fail(path: object, *args: object, **options: object) -> int:
        if path == b"a.txt":
            number = next(faults)
            raise OSError(number, os.strerror(number))
        return real(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", fail)
    answers = [visit.ask("/a.txt") for _ in range(3)]
    assert [answer.status for answer in answers] == [403, 500, 404]
    assert [answer.body for answer in answers[:2]] == [b"403 Forbidden\n", b"500 Internal Server Error\n"]


def test_a_folder_that_is_not_there(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    visit.root.rmdir()
    assert visit.ask("/").status == 404
    assert f"localPath [{visit.root}] is not a folder" in caplog.text
    visit.file("a.txt", b"here")
    assert visit.body("/a.txt") == b"here"


def test_the_listing(visit: Visit) -> None:
    visit.file("a.txt")
    visit.file("d/file")
    answer = visit.ask("/")
    assert answer.status == 200
    assert value(answer, "Content-Type") == b"text/html; charset=utf-8"
    assert value(answer, "Content-Security-Policy").startswith(b"default-src 'none'; style-src 'sha256-")
    assert b'href="./a.txt"' in answer.body
    zipped = visit.ask("/", "Accept-Encoding: gzip")
    assert gzip.decompress(zipped.body) == answer.body
    assert visit.ask("/", method="HEAD").status == 200
    assert b'href="../"' in visit.body("/d/")


# --- passwords


def credentials(user: str, password: str, scheme: str = "Basic") -> str:
    return f"Authorization: {scheme} " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_password(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []
    real = site_module.LateRefusal

    def late(front: object, request: object, seconds: float, refuse: object) -> object:
        delays.append(seconds)
        return real(front, request, 0.001, refuse)  # type: ignore[arg-type]

    monkeypatch.setattr(site_module, "LateRefusal", late)
    visit.file("a.txt", b"here")
    visit.options(http_user="abc", http_password="1:2ß")
    assert visit.body("/a.txt", credentials("abc", "1:2ß")) == b"here"
    wrong = [
        (), (credentials("abc", "1:2"),), (credentials("ab", "1:2ß"),), (credentials("", ""),),
        (credentials("abc", "1:2ß", "Bearer"),), ("Authorization: Basic ???",), ("Authorization: Basic",),
        (credentials("abc", "1:2ß").replace("Authorization", "Proxy-Authorization"),),
    ]  # fmt: skip
    for fields in wrong:
        answer = visit.ask("/a.txt", *fields)
        assert (answer.status, answer.body) == (401, b"Unauthorized\n")
        assert value(answer, "WWW-Authenticate") == b'Basic realm="Restricted"'
    assert delays == [site_module.REFUSAL_SECONDS] * len(wrong)


def test_strangers_learn_nothing(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "REFUSAL_SECONDS", 0.0)
    visit.file("a.txt")
    visit.file("d/file")
    visit.options(http_password="x", strip_prefix="p")
    for target, method in (("/p/a.txt", "GET"), ("/none", "GET"), ("/p/d", "GET"), ("/p//", "GET"), ("/", "POST"),
                           ("/p/index.html", "HEAD"), ("http://x/y", "PUT")):  # fmt: skip
        assert visit.ask(target, method=method).status == 401
    assert visit.ask("/p/d", credentials("", "x")).status == 301


# --- other versions of HTTP, and the end


def test_http2(visit: Visit) -> None:
    content = b"".join(b"line %d\n" % number for number in range(50_000))
    visit.file("large.txt", content)
    user, peer = visit.bench.user(), Peer()

    def fetch(path: bytes, *fields: tuple[bytes, bytes]) -> bytes:
        number = peer.ask(path, *fields)
        user.sendall(peer.send())
        while not peer.messages[number].is_ended:
            peer.receive(user.recv(65536))
            user.sendall(peer.send())
        assert peer.messages[number].status == 200
        return bytes(peer.messages[number].body)

    assert fetch(b"/large.txt") == content
    assert gzip.decompress(fetch(b"/large.txt", (b"accept-encoding", b"gzip"))) == content
    assert b"large.txt" in fetch(b"/")


def test_visitors_that_leave_in_the_middle(visit: Visit, tmp_path: Path) -> None:
    visit.file("large.bin", b"x" * 4_000_000)
    visit.file("large.txt", b"line\n" * 1_000_000)
    for target in ("large.bin", "large.txt"):
        user = visit.bench.user()
        user.sendall(f"GET /{target} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        assert user.recv(10)
        user.close()
    eventually(lambda: visit.bench.tally.connections == 0)


def test_the_end_of_the_proxy_lets_answers_end(visit: Visit) -> None:
    content = b"x" * 4_000_000
    visit.file("large.bin", content)
    user = visit.bench.user()
    user.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
    got = user.recv(1000)
    visit.bench.plugin.close()
    while data := user.recv(1_000_000):
        got += data
    assert got.endswith(content)
