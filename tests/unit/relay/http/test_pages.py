"""What the server answers itself: complete messages, the operator's own page."""

from pathlib import Path

import pytest

from frpg import FRP_VERSION
from frpg.relay.http.pages import Pages, date, unauthorized
from tests.unit.proto.http1.messages import judge_response


@pytest.mark.parametrize("status", [400, 401, 404, 407, 408, 431, 501, 502, 503, 504, 505])
def test_answers_are_complete(status: int) -> None:
    answer = Pages().response(status)
    verdict = judge_response(answer)
    assert (verdict.status, verdict.complete) == (status, 1)
    assert verdict.body
    assert verdict.values(b"content-type")[0].startswith(
        b"text/html" if status in (404, 502, 503, 504) else b"text/plain"
    )
    assert str(status).encode() in answer.split(b"\r\n")[0]
    head = Pages().response(status, is_head=True)
    assert answer.startswith(head)
    assert head.endswith(b"\r\n\r\n")


def test_parts() -> None:
    answer = Pages().response(400, minor=0, text="why\n", fields=b"A: b\r\n", hop=b"Connection: close\r\n")
    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 4\r\nDate: " + date() + b"\r\n")
    assert answer.endswith(b"A: b\r\nConnection: close\r\n\r\nwhy\n")
    assert Pages().response(200, is_empty=True).startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")


def test_the_operator_s_own_page_is_read_each_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    page = tmp_path / "404.html"
    pages = Pages(str(page))
    builtin = pages.body(404)
    assert "read custom 404 page error: " in caplog.text
    assert builtin == Pages().body(404)
    for content, kind in ((b"\n <h1>gone</h1>", b"text/html"), (b"gone \xff", b"text/plain"), (b"", b"text/plain")):
        page.write_bytes(content)
        assert pages.body(404) == (kind + b"; charset=utf-8", content)
        verdict = judge_response(pages.response(404))
        assert (verdict.body, verdict.complete) == (content, 1)
    assert pages.body(502) == Pages().body(502)
    page.unlink()
    page.mkdir()
    assert pages.body(404) == builtin


def test_the_raw_answer(tmp_path: Path) -> None:
    page = tmp_path / "404.html"
    page.write_bytes(b"gone")
    verdict = judge_response(Pages(str(page)).raw_not_found())
    assert (verdict.status, verdict.body, verdict.complete) == (404, b"gone", 1)
    assert verdict.values(b"server") == [f"frp/{FRP_VERSION}".encode()]


@pytest.mark.parametrize(("status", "what", "text"), [(401, "Www-Authenticate", "Unauthorized\n"),
                                                      (407, "Proxy-Authenticate",
                                                      "Proxy Authentication Required\n")])  # fmt: skip
def test_asking_for_credentials(status: int, what: str, text: str) -> None:
    fields, words = unauthorized(status, what)
    verdict = judge_response(Pages().response(status, fields=fields, text=words))
    assert verdict.body.decode() == words == text
    assert verdict.values(what.lower().encode()) == [b'Basic realm="Restricted"']
    assert verdict.values(b"x-content-type-options") == [b"nosniff"]
