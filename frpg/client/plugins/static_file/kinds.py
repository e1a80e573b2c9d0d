"""Content types: by the ending of a name, or else by how the content begins."""

from __future__ import annotations

import os
from functools import cache
from mimetypes import MimeTypes

SNIFFED = 512  # bytes

_PLAIN = b"text/plain; charset=utf-8"
_BINARY = b"application/octet-stream"
# What systems do not know, or call by an older name.
_OWN = {
    ".avif": "image/avif", ".flac": "audio/flac", ".gz": "application/gzip", ".ico": "image/x-icon",
    ".js": "text/javascript", ".json": "application/json", ".md": "text/markdown", ".mjs": "text/javascript",
    ".svg": "image/svg+xml", ".toml": "application/toml", ".wasm": "application/wasm", ".webm": "video/webm",
    ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2", ".yaml": "application/yaml",
    ".yml": "application/yaml", ".zst": "application/zstd",
}  # fmt: skip
_BEGINNINGS = (
    (b"%PDF-", b"application/pdf"),
    (b"\x89PNG\r\n\x1a\n", b"image/png"),
    (b"\xff\xd8\xff", b"image/jpeg"),
    (b"GIF8", b"image/gif"),
    (b"\x1f\x8b\x08", b"application/gzip"),
    (b"PK\x03\x04", b"application/zip"),
    (b"OggS\x00", b"application/ogg"),
    (b"\x1aE\xdf\xa3", b"video/webm"),
    (b"\x00asm", b"application/wasm"),
    (b"<?xml", b"text/xml; charset=utf-8"),
    (b"\xfe\xff", b"text/plain; charset=utf-16be"),
    (b"\xff\xfe", b"text/plain; charset=utf-16le"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")
_CONTROLS = bytes({*range(32)} - {*b"\t\n\f\r\x1b"})
_COMPRESSIBLE = frozenset(
    (
        "application/javascript", "application/json", "application/xml", "application/wasm", "application/yaml",
        "application/toml", "application/rtf", "application/sql", "application/x-sh", "application/x-tar",
        "application/vnd.ms-fontobject", "font/ttf", "font/otf", "image/bmp", "image/x-icon",
    )
)  # fmt: skip


@cache
def _known() -> dict[str, str]:
    """Ending to type, with the files of this system, which take a moment to read."""
    return {**MimeTypes().types_map[True], **MimeTypes(()).types_map[True], **_OWN}


@cache
def _by_ending(ending: str) -> bytes:
    kind = _known().get(ending, "")
    text = "; charset=utf-8" if kind.startswith("text/") else ""
    return f"{kind}{text}".encode()


def kind_of(name: bytes, descriptor: int) -> bytes:
    """The type of the file `name`, which is open."""
    _, dot, ending = name.rpartition(b".")
    if dot and len(ending) <= 16:
        kind = _by_ending("." + ending.decode("latin-1").lower()) if ending.isalnum() else b""
        if kind:
            return kind
    return sniff(os.pread(descriptor, SNIFFED, 0))


def sniff(data: bytes) -> bytes:
    """By the first bytes."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return b"image/webp"
    if data[4:8] == b"ftyp":
        return b"video/mp4"
    if data.lstrip(b"\xef\xbb\xbf\t\n\f\r ")[:16].lower().startswith(_MARKUP):
        return b"text/html; charset=utf-8"
    return _PLAIN if len(data.translate(None, _CONTROLS)) == len(data) else _BINARY


def is_compressible(kind: bytes) -> bool:
    """Whether gzip makes such content shorter."""
    name = kind.partition(b";")[0].decode("latin-1")
    return name.startswith("text/") or name.endswith(("+xml", "+json")) or name in _COMPRESSIBLE
