"""Paths in requests and in the answers to them."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

_SAFE = "/!$&'()*+,;=:@~"  # beside letters, digits and -._


def cleaned(path: bytes) -> bytes:
    """`path` without empty, `.` and `..` segments; nothing is above its beginning. A slash at its end stays."""
    if path.startswith(b"/") and b"//" not in path and b"/." not in path:
        return path
    kept: list[bytes] = []
    for name in path.split(b"/"):
        if name == b"..":
            del kept[-1:]
        elif name not in (b"", b"."):
            kept.append(name)
    end = b"/" if path.endswith(b"/") and kept else b""
    return b"/" + b"/".join(kept) + end


def quoted(path: bytes) -> str:
    """For a URL."""
    return quote_from_bytes(path, _SAFE)


def location(path: bytes, query: bytes) -> bytes:
    """The header line of a redirection to `path`, which is decoded, with the query of the request as received."""
    return b"Location: %b%b\r\n" % (quoted(path).encode(), b"?" + query if query else b"")
