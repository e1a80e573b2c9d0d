import pytest

from frpg.client.plugins.static_file.paths import cleaned, location, quoted


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        (b"/", b"/"),
        (b"/a", b"/a"),
        (b"/a/", b"/a/"),
        (b"/.hidden", b"/.hidden"),
        (b"/a...", b"/a..."),
        (b"//", b"/"),
        (b"//evil.test/x", b"/evil.test/x"),
        (b"/a//b", b"/a/b"),
        (b"/./a/./", b"/a/"),
        (b"/a/.", b"/a"),
        (b"/a/..", b"/"),
        (b"/a/../", b"/"),
        (b"/../../etc", b"/etc"),
        (b"/a/b/../../../c/", b"/c/"),
        (b"/..\\..\\x", b"/..\\..\\x"),  # no separator here
    ],
)
def test_cleaned(path: bytes, clean: bytes) -> None:
    assert cleaned(path) == clean
    assert cleaned(clean) == clean


def test_locations_are_harmless() -> None:
    assert location(b"/a b", b"") == b"Location: /a%20b\r\n"
    assert location(b"/\\evil.test", b"") == b"Location: /%5Cevil.test\r\n"
    assert location(b"/a\r\nX: y", b"q=1") == b"Location: /a%0D%0AX%3A%20y?q=1\r\n".replace(b"%3A", b":")
    assert quoted("/ä?#%".encode()) == "/%C3%A4%3F%23%25"
