"""Host names in their canonical form."""

import pytest

from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.host import canonical_host, host_and_port


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        (b"Example.COM", "example.com"),
        (b"example.com:8080", "example.com"),
        (b"example.com:", "example.com"),
        (b"example.com.", "example.com"),
        (b"example.com..", "example.com."),
        (b"example.com.:80", "example.com"),
        (b"127.0.0.1:1", "127.0.0.1"),
        (b"[::1]:80", "::1"),
        (b"[2001:DB8::1]", "2001:db8::1"),
        (b"a_b-c.test", "a_b-c.test"),
        (b"", ""),
        (b":80", ""),
        (b"a" * 255, "a" * 255),
    ],
)
def test_host(authority: bytes, host: str) -> None:
    assert canonical_host(authority) == host


@pytest.mark.parametrize(
    "authority",
    [
        b"a b", b"a/b", b"a?b", b"a#b", b"user@a", b"a:b", b"a:1:2", b"::1", b"[::1", b"::1]", b"[::1]x", b"[a b]",
        b"a\\b", b"a,b", b"a\xe9", b"a\x00", b"a\n", b"a\r\nb", b"a:123456", b"a:\xd9\xa1", b"a" * 256, b"<a>", b'"a"',
    ],
)  # fmt: skip
def test_no_host(authority: bytes) -> None:
    for _ in range(2):  # nor from the cache
        with pytest.raises(BadMessage):
            canonical_host(authority)


@pytest.mark.parametrize(
    ("authority", "default", "place"),
    [
        (b"A.test:81", 80, ("a.test", 81)),
        (b"a.test", 80, ("a.test", 80)),
        (b"a.test:", 443, ("a.test", 443)),
        (b"[::1]:81", 0, ("::1", 81)),
        (b"[::1]", 80, ("::1", 80)),
        (b"192.0.2.1:65535", 0, ("192.0.2.1", 65535)),
    ],
)
def test_host_and_port(authority: bytes, default: int, place: tuple[str, int]) -> None:
    assert host_and_port(authority, default) == place


@pytest.mark.parametrize("authority", [b"a", b"a:", b"a:0", b"a:65536", b":80", b"", b"[::1]", b"u@a:80", b"a/b:80"])
def test_no_host_and_port(authority: bytes) -> None:
    with pytest.raises(BadMessage):
        host_and_port(authority)
