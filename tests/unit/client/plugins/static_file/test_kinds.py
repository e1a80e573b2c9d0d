from pathlib import Path

import pytest

from frpg.client.plugins.static_file.kinds import is_compressible, kind_of, sniff


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"a.html", b"text/html; charset=utf-8"),
        (b"a.b.HTM", b"text/html; charset=utf-8"),
        (b"a.css", b"text/css; charset=utf-8"),
        (b"a.js", b"text/javascript; charset=utf-8"),
        (b"a.mjs", b"text/javascript; charset=utf-8"),
        (b"a.txt", b"text/plain; charset=utf-8"),
        (b"a.json", b"application/json"),
        (b"a.svg", b"image/svg+xml"),
        (b"a.png", b"image/png"),
        (b"a.pdf", b"application/pdf"),
        (b"a.wasm", b"application/wasm"),
        (b"a.woff2", b"font/woff2"),
        (b"a.tar.gz", b"application/gzip"),
        (b"a.mp4", b"video/mp4"),
        (b"a.webp", b"image/webp"),
    ],
)
def test_by_name(name: bytes, kind: bytes) -> None:
    assert kind_of(name, -1) == kind


def test_by_content(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"%PDF-1.7")
    with (tmp_path / "x").open("rb") as file:
        for name in (b"x", b"x.", b"x.unheard-of", b".x", b"x." + b"y" * 100, b"x.\xff"):
            assert kind_of(name, file.fileno()) == b"application/pdf"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", b"text/plain; charset=utf-8"),
        ("größe\n".encode(), b"text/plain; charset=utf-8"),
        (b"a\0b", b"application/octet-stream"),
        (b"\x7fELF\x02\x01\x01\x00", b"application/octet-stream"),
        (b"\xef\xbb\xbf \n<!DOCTYPE HTML>", b"text/html; charset=utf-8"),
        (b"<?xml version='1.0'?>", b"text/xml; charset=utf-8"),
        (b"\x89PNG\r\n\x1a\n....", b"image/png"),
        (b"\xff\xd8\xff\xe0", b"image/jpeg"),
        (b"GIF89a", b"image/gif"),
        (b"RIFF....WEBPVP8", b"image/webp"),
        (b"\0\0\0\x20ftypisom", b"video/mp4"),
        (b"\x1f\x8b\x08\0", b"application/gzip"),
        (b"PK\x03\x04", b"application/zip"),
        (b"\xff\xfea\0", b"text/plain; charset=utf-16le"),
    ],
)
def test_sniff(data: bytes, kind: bytes) -> None:
    assert sniff(data) == kind


def test_compressible() -> None:
    for kind in (b"text/html; charset=utf-8", b"application/json", b"image/svg+xml", b"application/ld+json"):
        assert is_compressible(kind)
    for kind in (b"image/png", b"application/gzip", b"video/mp4", b"font/woff2", b"application/octet-stream"):
        assert not is_compressible(kind)
