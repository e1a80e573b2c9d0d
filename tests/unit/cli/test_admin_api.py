"""One request to a running program, whatever it answers."""

import base64
import json
from typing import Any

import pytest

from frpg.cli.admin_api import Admin, AdminError, reloaded_text
from frpg.config.common import WebServerConfig
from tests.support.ports import free_port
from tests.unit.cli.admin_server import answer, scripted


def admin(port: int, timeout: float = 20.0, **options: Any) -> Admin:
    return Admin(WebServerConfig(port=port, **options), timeout)


def refusal(reply: bytes | None, **options: Any) -> str:
    with scripted(reply) as server, pytest.raises(AdminError) as caught:
        admin(server.port, **options).ask("GET", "/api/status")
    return str(caught.value).replace(str(server.port), "PORT")


def test_a_request_is_plain_and_asks_for_an_end() -> None:
    with scripted(answer(200, "body")) as server:
        assert admin(server.port).ask("POST", "/api/stop") == b"body"
    head, *fields = server.lines
    assert head == "POST /api/stop HTTP/1.1"
    assert {field.partition(":")[0] for field in fields if field} == {
        "Host",
        "Accept-Encoding",
        "Connection",
        "Content-Length",
    }
    assert {f"Host: 127.0.0.1:{server.port}", "Connection: close", "Content-Length: 0"} <= set(fields)


@pytest.mark.parametrize(("user", "password"), [("ü", "p:w"), ("u", ""), ("", "p")])
def test_credentials_are_sent_when_there_are_any(user: str, password: str) -> None:
    with scripted(answer(200)) as server:
        admin(server.port, user=user, password=password).ask("GET", "/")
    (line,) = (line for line in server.lines if line.startswith("Authorization: Basic "))
    assert base64.b64decode(line.split()[-1]).decode() == f"{user}:{password}"


@pytest.mark.parametrize(
    ("listen", "addr", "host"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "localhost", "localhost"),
        ("::1", "::1", "[::1]"),
        ("::1", "::", "[::1]"),
    ],
)
def test_the_host_is_one_that_can_be_called(listen: str, addr: str, host: str) -> None:
    with scripted(answer(200), listen=listen) as server:
        admin(server.port, addr=addr).ask("GET", "/")
        assert f"Host: {host}:{server.port}" in server.lines


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (answer(401, "Unauthorized\n"), "api status code [401]"),
        (answer(404), "api status code [404]"),
        (answer(204), "api status code [204]"),
        (answer(302, "", "Location: http://127.0.0.1:1/"), "api status code [302]"),
        (answer(400, '{"Code":400,"Msg":"invalid argument: x"}'), "api status code [400]: invalid argument: x"),
        (answer(404, '{"code":404,"msg":"no","data":null}'), "api status code [404]: no"),
        (
            answer(400, '{"Code":400,"Msg":"f: a\\nf: b\\u001b[2J\\u202e"}'),
            "api status code [400]: f: a\nf: b\\x1b[2J\\u202e",
        ),
        (answer(400, '{"Msg":5}'), "api status code [400]"),
        (answer(400, "[" * 100_000), "api status code [400]"),
        (answer(400, b"\xff"), "api status code [400]"),
    ],
)
def test_another_status_is_told_with_the_reason(reply: bytes, text: str) -> None:
    assert refusal(reply) == text


def test_faults_are_told_once_and_one_a_line() -> None:
    faults = [
        {"line": 12, "path": "proxies[0].remotePort", "text": "expected integer"},
        {"line": 0, "path": "", "text": "more.toml: x: y"},
        {"line": 1, "path": "a", "text": "known"},
        "junk",
    ]
    body = json.dumps({"Code": 400, "Msg": "invalid argument: a: known", "Faults": faults})
    assert refusal(answer(400, body)).split("\n") == [
        "api status code [400]: invalid argument: a: known",
        "line 12: proxies[0].remotePort: expected integer",
        "more.toml: x: y",
    ]


GET = 'Get "http://127.0.0.1:PORT/api/status": '


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (b"", "EOF"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "unexpected EOF"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
            "unexpected EOF",
        ),
        (b"SSH-2.0-x\r\n\r\n", "malformed HTTP response: SSH-2.0-x\\r\\n"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n", "malformed HTTP response: got more than 100 headers"),
    ],
)
def test_what_is_no_http_is_told(reply: bytes, text: str) -> None:
    assert refusal(reply) == GET + text


def test_nobody_there() -> None:
    port = free_port()
    with pytest.raises(AdminError) as caught:
        admin(port).ask("GET", "/api/status")
    place = f"127.0.0.1:{port}"
    expected = f'Get "http://{place}/api/status": dial tcp {place}: connect: connection refused'
    assert str(caught.value) == expected


def test_a_name_that_is_none_and_a_port_that_is_none() -> None:
    with pytest.raises(AdminError, match=r'^Post "http://no\.invalid:1/x": dial tcp: lookup no\.invalid: '):
        admin(1, addr="no.invalid").ask("POST", "/x")
    with pytest.raises(AdminError, match="invalid port"):
        admin(70000).ask("POST", "/x")


@pytest.mark.parametrize("timeout", [0.05, 0.0, -1.0])
def test_the_time_limit_is_for_all_of_it(timeout: float) -> None:
    assert refusal(None, timeout=timeout) == f"{GET}context deadline exceeded"


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.cli.admin_api._LIMIT", 1000)
    with scripted(answer(200, "x" * 1000)) as server:
        assert len(admin(server.port).ask("GET", "/")) == 1000
    assert refusal(answer(200, "x" * 1001)) == f"{GET}the answer is longer than 1000 bytes"
    assert refusal(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000) == f"{GET}the answer is longer than 1000 bytes"


def test_what_a_reload_of_frps_says() -> None:
    def text(data: object) -> str:
        return reloaded_text(json.dumps({"code": 200, "msg": "success", "data": data}).encode())

    assert text({"changed": [], "restart": []}) == "reload success"
    assert text({}) == "reload success"
    expected = "reload success\nchanged: auth.token, log.level\nneeds a restart: bindPort\\x1b"
    assert text({"changed": ["auth.token", "log.level"], "restart": ["bindPort\x1b"]}) == expected
    for data in (None, [], {"changed": "x"}):
        with pytest.raises(AdminError, match=r"^unmarshal http response error: \{"):
            text(data)
