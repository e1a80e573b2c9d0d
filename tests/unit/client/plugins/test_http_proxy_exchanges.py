import pytest

from frpg.client.plugins import http_proxy_exchanges
from frpg.config.plugins import HttpProxyPlugin
from tests.support.services import Backlog
from tests.support.users import receive_all, receive_exact
from tests.support.web import head
from tests.unit.client.plugins.conftest import Plug


def get(local: Backlog, path: str = "/") -> bytes:
    return head(f"GET http://127.0.0.1:{local.port}{path} HTTP/1.1", "Host: a")


def test_a_service_that_never_answers(plug: Plug, local: Backlog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_proxy_exchanges, "ANSWER_SECONDS", 0.01)
    with plug(HttpProxyPlugin()).visitor() as user:
        user.send(get(local))
        with local.accept() as service:
            answer = user.answer()
            assert (answer.status, answer.body) == (504, b"timeout awaiting response headers\n")
            assert receive_all(service).startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("said", "why"), [(b"", b"EOF\n"), (b"nonsense\r\n\r\n", b"malformed response: malformed status line\n")]
)
def test_a_service_that_gives_no_answer(plug: Plug, local: Backlog, said: bytes, why: bytes) -> None:
    with plug(HttpProxyPlugin()).visitor() as user:
        user.send(get(local))
        with local.accept() as service:
            receive_exact(service, len(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{local.port}\r\n\r\n"))
            service.sendall(said)
        answer = user.answer()
        assert (answer.status, answer.body) == (502, why)


def test_an_answer_that_breaks_off_does_not_look_complete(plug: Plug, local: Backlog) -> None:
    with plug(HttpProxyPlugin()).visitor() as user:
        user.send(get(local))
        with local.accept() as service:
            service.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        assert user.breaks_off()


def test_requests_for_several_services_are_answered_in_order(plug: Plug, local: Backlog) -> None:
    bench = plug(HttpProxyPlugin())
    with bench.visitor() as user:
        user.send(get(local, "/1") + get(local, "/2"))
        with local.accept() as service:
            for name in (b"1", b"2"):
                assert receive_exact(service, 4 + 2) == b"GET /" + name
                receive_exact(service, len(f" HTTP/1.1\r\nHost: 127.0.0.1:{local.port}\r\n\r\n"))
                service.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + name)
            assert [user.answer().body for _ in range(2)] == [b"1", b"2"]
