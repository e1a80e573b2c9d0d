import contextlib
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from frpg.client.plugins import http_proxy_origins
from frpg.client.plugins.http_proxy_origins import MAX_ORIGINS, Origins
from frpg.config.plugins import HttpProxyPlugin
from frpg.logs import prefixed
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.request import Request, parse_request
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.services import tcp_service
from tests.support.web import WebService, answering, head, response
from tests.unit.client.plugins.bridged import TlsService
from tests.unit.client.plugins.conftest import Plug

LOG = prefixed(logging.getLogger("test"), "run", "web")


def request(url: str, *fields: str) -> Request:
    return parse_request(head(f"GET {url} HTTP/1.1", "Host: a", *fields), takes_https=True)


@pytest.fixture
def origins() -> Iterator[Origins]:
    made = Origins(LOG, None)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://A.test/", "a.test:80"),
        ("http://a.test:8080/x", "a.test:8080"),
        ("https://a.test/", "a.test:443"),
        ("https://a.test:80", "a.test:80"),
        ("HTTP://[::1]:81/?q", "::1:81"),
    ],
)
def test_where_urls_lead(origins: Origins, url: str, name: str) -> None:
    assert origins.find(request(url)).name == name


@pytest.mark.parametrize("url", ["http://a:0/", "http://a:65536/", "http://a b/", "http://:80/", "http://[a]/"])
def test_urls_that_lead_nowhere(origins: Origins, url: str) -> None:
    with pytest.raises(BadMessage):
        origins.find(request(url))


def test_spellings_of_a_url_lead_to_one(origins: Origins) -> None:
    one = origins.find(request("http://a.test/"))
    assert origins.find(request("http://A.TEST:80/b")) is one
    others = {origins.find(request(url)) for url in ("https://a.test:80/", "http://a.test:81/", "http://b.test/")}
    assert len({one, *others}) == 4


def test_the_one_asked_for_longest_ago_makes_room(origins: Origins) -> None:
    kept, gone = (origins.find(request(f"http://{name}/")) for name in ("kept", "gone"))
    for number in range(MAX_ORIGINS - 1):
        origins.find(request("http://kept/"))
        origins.find(request(f"http://h{number}/"))
    assert len(origins) == MAX_ORIGINS
    assert gone.backends.is_closed
    assert not kept.backends.is_closed


def test_idle_connections_are_bounded_over_all(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_proxy_origins, "MAX_IDLE", 2)
    bench = plug(HttpProxyPlugin())
    origins = bench.plugin.origins  # type: ignore[attr-defined]
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            service = WebService(answering(response()))
            service.port = stack.enter_context(tcp_service(service.serve))
            with bench.visitor() as user:
                user.ask(head(f"GET http://127.0.0.1:{service.port}/ HTTP/1.1", "Host: a"))
        assert origins.idle == 3, "those that waited, and the one that has just come back"
        origins.close()
        assert origins.idle == 0
        gevent.sleep(0)


def test_after_the_end_nothing_is_kept(origins: Origins) -> None:
    origins.close()
    assert origins.find(request("http://a.test/")).backends.is_closed
    assert len(origins) == 0


def test_https_urls_are_verified_by_the_systems_authorities(
    plug: Plug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, evil = (Authority(tmp_path, name) for name in ("good", "evil"))
    monkeypatch.setenv("SSL_CERT_FILE", good.file)

    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        return [(2, ("127.0.0.1", port))]

    bench = plug(HttpProxyPlugin(), resolver=resolver)
    with contextlib.ExitStack() as stack, bench.visitor() as user:

        def ask(authority: Authority, name: str) -> tuple[int, bytes]:
            service = TlsService(answering(response()), authority.issue("service"))

            def serve(connection: object) -> None:
                with contextlib.suppress(ssl.SSLError):  # refused by the proxy
                    service.serve(connection)  # type: ignore[arg-type]

            port = stack.enter_context(tcp_service(serve))
            answer = user.ask(head(f"GET https://{name}:{port}/ HTTP/1.1", "Host: a"))
            return answer.status, answer.body

        assert ask(good, SERVER_NAME) == (200, b"hello")
        for authority, name in ((evil, SERVER_NAME), (good, "other.test")):
            status, body = ask(authority, name)
            assert status == 502
            assert b"certificate verify failed" in body
        bench.plugin.close()
        gevent.sleep(0)
