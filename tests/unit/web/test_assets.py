"""Files of the pages."""

import gzip
import os
from pathlib import Path

import pytest

from frpg.web import site as site_module
from tests.unit.web.asking import MakeWeb, Web, basic

SCRIPT = b"const greeting = 'hello';\n" * 100
PICTURE = bytes(range(256)) * 16


@pytest.fixture
def pages(web: Web, tmp_path: Path) -> Path:
    """The folder behind /static/ of `web`."""
    folder = tmp_path / "pages"
    (folder / "app.js").write_bytes(SCRIPT)
    (folder / "small.css").write_bytes(b"a{}")
    (folder / "picture.png").write_bytes(PICTURE)
    (folder / "icon.svg").write_bytes(b"<svg/>")
    (folder / "pages").mkdir()
    (folder / "pages" / "deep.js").write_bytes(b"deep")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("", "text/html; charset=utf-8", b"<h1>pages</h1>"),
        ("index.html", "text/html; charset=utf-8", b"<h1>pages</h1>"),
        ("app.js", "text/javascript; charset=utf-8", SCRIPT),
        ("small.css", "text/css; charset=utf-8", b"a{}"),
        ("picture.png", "image/png", PICTURE),
        ("pages/deep.js", "text/javascript; charset=utf-8", b"deep"),
    ],
)
def test_files(web: Web, pages: Path, name: str, kind: str, content: bytes) -> None:
    answer = web.get(f"/static/{name}")
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, kind, content)
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "pages/../../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "pages",
        "pages/",
        "app.js/",
        "app.js%00",
        "APP.JS",
        ".",
    ],
)
def test_no_way_out_of_the_folder(web: Web, pages: Path, name: str) -> None:
    answer = web.get(f"/static/{name}")
    assert answer.status in (301, 404)
    assert b"secret" not in answer.body.replace(b"secret.txt", b"")
    assert b"root:" not in answer.body


def test_a_link_out_of_the_folder_is_the_operators(web: Web, pages: Path, tmp_path: Path) -> None:
    (pages / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert web.get("/static/link.txt").body == b"secret"


def test_text_is_compressed_for_who_can_read_it(web: Web, pages: Path) -> None:
    packed = web.get("/static/app.js", Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(SCRIPT) / 5
    assert gzip.decompress(packed.body) == SCRIPT
    assert packed.headers["Vary"] == "Accept-Encoding"
    for accepted in ("", "br", "gzip;q=0", "identity"):
        answer = web.get("/static/app.js", Accept_Encoding=accepted)
        assert "Content-Encoding" not in answer.headers
        assert answer.body == SCRIPT
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["small.css", "picture.png"])
def test_what_gains_nothing_is_not_compressed(web: Web, pages: Path, name: str) -> None:
    assert "Content-Encoding" not in web.get(f"/static/{name}", Accept_Encoding="gzip").headers


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_what_a_browser_has_is_not_sent_again(web: Web, pages: Path, accepted: str) -> None:
    etag = web.get("/static/app.js", Accept_Encoding=accepted).headers["ETag"]
    again = web.get("/static/app.js", Accept_Encoding=accepted, If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == etag
    assert web.get("/static/app.js", If_None_Match='"other"').status == 200


def test_a_changed_file_is_sent(web: Web, pages: Path) -> None:
    etag = web.get("/static/app.js").headers["ETag"]
    (pages / "app.js").write_bytes(b"new")
    os.utime(pages / "app.js", (1, 1))
    answer = web.get("/static/app.js", If_None_Match=etag)
    assert (answer.status, answer.body) == (200, b"new")


def test_a_file_that_is_gone(web: Web, pages: Path) -> None:
    assert web.get("/static/app.js").status == 200
    (pages / "app.js").unlink()
    assert web.get("/static/app.js").status == 404


def test_the_icon(web: Web, pages: Path) -> None:
    (pages / "favicon.svg").write_bytes(b"<svg>icon</svg>")
    answer = web.get("/favicon.ico")
    assert (answer.headers["Content-Type"], answer.body) == ("image/svg+xml; charset=utf-8", b"<svg>icon</svg>")


def test_shared_files_stand_behind_the_programs(
    make_web: MakeWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "index.html").write_bytes(b"shared index")
    (shared / "lib.js").write_bytes(b"shared library")
    monkeypatch.setattr(site_module, "SHARED", shared)
    web = make_web()
    assert web.get("/static/").body == b"<h1>pages</h1>"
    assert web.get("/static/lib.js").body == b"shared library"


def test_the_operators_folder_takes_the_place_of_all(make_web: MakeWeb, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "page.html").write_bytes(b"own")
    (own / "two words.html").write_bytes(b"two")
    web = make_web(assets_dir=str(own))
    assert web.get("/static/page.html").body == b"own"
    assert web.get("/static/two%20words.html").body == b"two"
    assert web.get("/static/").status == 404


def test_an_operators_folder_that_is_not_there(make_web: MakeWeb, tmp_path: Path) -> None:
    assert make_web(assets_dir=str(tmp_path / "missing")).get("/static/").status == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE"])
def test_files_are_only_read(web: Web, pages: Path, method: str) -> None:
    assert web.ask(method, "/static/app.js", basic()).status == 405
    assert (pages / "app.js").read_bytes() == SCRIPT
