import pytest

from frpg.net.http_url import environment_proxy, parse_url


@pytest.mark.parametrize(
    ("text", "address", "authority", "target"),
    [
        ("http://plugin.test", ("plugin.test", 80), "plugin.test", "/"),
        ("https://plugin.test", ("plugin.test", 443), "plugin.test", "/"),
        ("http://127.0.0.1:9000/handler?op=Login", ("127.0.0.1", 9000), "127.0.0.1:9000", "/handler?op=Login"),
        ("http://127.0.0.1:9000?op=Login", ("127.0.0.1", 9000), "127.0.0.1:9000", "/?op=Login"),
        ("http://[::1]:9000/", ("::1", 9000), "[::1]:9000", "/"),
        ("http://[fe80::1%25eth0]/", ("fe80::1%eth0", 80), "[fe80::1]", "/"),
        ("http://a.test/two words/ä", ("a.test", 80), "a.test", "/two%20words/%C3%A4"),
        ("http://bücher.test/", ("xn--bcher-kva.test", 80), "xn--bcher-kva.test", "/"),
    ],
)
def test_a_url_is_taken_apart(text: str, address: tuple[str, int], authority: str, target: str) -> None:
    url = parse_url(text)
    assert (url.address, url.authority, url.target) == (address, authority, target)
    assert url.credentials == ""


def test_credentials_are_no_part_of_the_authority() -> None:
    url = parse_url("http://me:s%3Acret@a.test:1/")
    assert (url.credentials, url.authority) == ("me:s:cret", "a.test:1")


@pytest.mark.parametrize(
    "text",
    ["", "a.test:9000", "ftp://a.test/", "http://", "http://:80/", "http://me:secret@a.test:port/", "http://[::1"],
)
def test_what_is_no_url_is_refused_without_its_secrets(text: str) -> None:
    with pytest.raises(ValueError, match="not a URL") as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        ("http://a.test/", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("http://a.test/", {"http_proxy": "p:1"}, "http://p:1"),
        ("https://a.test/", {"HTTP_PROXY": "http://p:1"}, ""),
        ("https://a.test/", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("http://a.test/", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "b.test, a.test"}, ""),
        ("http://x.a.test/", {"HTTP_PROXY": "http://p:1", "no_proxy": ".a.test"}, ""),
        ("http://xa.test/", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "a.test"}, "http://p:1"),
        ("http://a.test/", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, ""),
        ("http://127.0.0.2/", {"HTTP_PROXY": "http://p:1"}, ""),
        ("http://localhost/", {"HTTP_PROXY": "http://p:1"}, ""),
        ("http://a.test/", {"HTTP_PROXY": "http://p:1", "NO_PROXY": ""}, "http://p:1"),
    ],
)
def test_the_environment_names_a_proxy(url: str, environ: dict[str, str], proxy: str) -> None:
    assert environment_proxy(parse_url(url), environ) == proxy
