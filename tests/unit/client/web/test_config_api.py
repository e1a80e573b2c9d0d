import logging
import stat
from collections.abc import Iterator

import pytest

from frpg import logs
from tests.support.fake_frps import eventually
from tests.unit.client.test_files import small_disk
from tests.unit.client.web.conftest import SSH, Desk

WEB = {**SSH, "name": "web", "localPort": 80}


@pytest.fixture
def same_level() -> Iterator[None]:
    logger = logging.getLogger("frpg")
    before = logger.level
    yield
    logger.setLevel(before)


def names(desk: Desk) -> list[str]:
    return [proxy.config.name for proxy in desk.client.proxies()]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_reload_runs_what_the_file_says(desk: Desk, method: str) -> None:
    desk.write(proxies=[WEB])
    answer = desk.api.ask(method, "/api/reload")
    assert (answer.status, answer.body) == (200, b"")
    assert names(desk) == ["web"]


def test_a_faulty_file_is_refused_with_the_place(desk: Desk) -> None:
    desk.write(serverPort="x", proxies=[WEB])
    answer = desk.api.ask("GET", "/api/reload")
    text = "expected integer, got string, write it without quotes"
    line = desk.file.read_text().splitlines().index(' "serverPort": "x",') + 1
    assert answer.status == 400
    assert answer.json == {
        "Code": 400,
        "Msg": f"invalid argument: {desk.file}: serverPort: {text}",
        "Faults": [{"line": line, "path": "serverPort", "text": text}],
    }
    assert names(desk) == ["ssh"]


def test_a_file_that_is_gone_is_told(desk: Desk) -> None:
    desk.file.unlink()
    answer = desk.api.ask("GET", "/api/reload")
    text = f"open {desk.file}: no such file or directory"
    assert answer.status == 400
    assert answer.json == {
        "Code": 400,
        "Msg": f"invalid argument: {text}",
        "Faults": [{"line": 0, "path": "", "text": text}],
    }
    answer = desk.api.ask("GET", "/api/config")
    assert (answer.status, answer.json) == (400, {"Code": 400, "Msg": f"invalid argument: {text}"})


def test_what_cannot_run_yet_is_refused(desk: Desk) -> None:
    desk.write(proxies=[{**SSH, "type": "stcp"}])
    answer = desk.api.ask("GET", "/api/reload")
    assert answer.status == 400
    assert "proxy ssh, type stcp: not supported yet" in answer.json["Msg"]
    assert names(desk) == ["ssh"]


@pytest.mark.parametrize(("query", "status"), [("", 200), ("?strictConfig=0", 200), ("?strictConfig=true", 400)])
def test_unknown_keys(desk: Desk, query: str, status: int) -> None:
    desk.write(bogus=1)
    assert desk.api.ask("GET", f"/api/reload{query}").status == status
    text = desk.file.read_text()
    assert desk.api.ask("PUT", f"/api/config{query}", text).status == status
    faults = desk.api.ask("POST", f"/api/config/check{query}", text).json["faults"]
    assert [fault["path"] for fault in faults] == (["bogus"] if status == 400 else [])


def test_the_file_is_given_as_it_is(desk: Desk) -> None:
    desk.file.write_bytes("# {{ .Envs.X }} ü\r\n".encode())
    answer = desk.api.ask("GET", "/api/config")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body == desk.file.read_bytes()


def test_a_good_text_is_saved_and_not_applied(desk: Desk) -> None:
    desk.file.chmod(0o640)
    desk.write(proxies=[WEB])
    text = desk.file.read_text() + "\n\n"
    answer = desk.api.ask("PUT", "/api/config", text)
    assert (answer.status, answer.body) == (200, b"")
    assert desk.file.read_text() == text
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o640
    assert names(desk) == ["ssh"]


def test_a_new_file_is_private(desk: Desk) -> None:
    text = desk.file.read_text()
    desk.file.unlink()
    assert desk.api.ask("PUT", "/api/config", text).status == 200
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "body can't be empty"),
        (b"\xff\xfe", "invalid argument: is not text in UTF-8"),
        (
            '{"serverPort": "x"}',
            "invalid argument: {file}: serverPort: expected integer, got string, write it without quotes",
        ),
        (
            '{"proxies": [{"name": "a"}]}',
            "invalid argument: {file}: proxies[0].type: proxy type is required, optional values",
        ),
    ],
)
def test_a_bad_text_is_refused_and_the_old_one_stays(desk: Desk, body: str | bytes, message: str) -> None:
    before = desk.file.read_bytes()
    answer = desk.api.ask("PUT", "/api/config", body)
    assert answer.status == 400
    assert answer.json["Msg"].startswith(message.replace("{file}", str(desk.file)))
    assert desk.file.read_bytes() == before


def test_the_line_of_a_fault_in_a_text(desk: Desk) -> None:
    text = '{\n "proxies": [\n  {"name": "a", "type": "tcp",\n   "remotePort": "x"}\n ]\n}'
    answer = desk.api.ask("PUT", "/api/config", text)
    assert [(fault["line"], fault["path"]) for fault in answer.json["Faults"]] == [(4, "proxies[0].remotePort")]


def test_a_text_that_the_disk_refuses_is_not_saved(desk: Desk) -> None:
    before = desk.file.read_bytes()
    with small_disk(len(before) + 10):
        answer = desk.api.ask("PUT", "/api/config", before.decode() + " " * 2000)
    assert (answer.status, answer.json["Msg"]) == (500, "write config file error: file too large")
    assert desk.file.read_bytes() == before


def test_a_text_is_checked_without_being_saved(desk: Desk) -> None:
    before = desk.file.read_bytes()
    good = '{"serverPort": 70000}'
    warning = f"{desk.file}: serverPort: port number 70000 cannot be dialled, use 1..65535"
    assert desk.api.ask("POST", "/api/config/check", good).json == {"faults": [], "warnings": [warning]}
    bad = desk.api.ask("POST", "/api/config/check", '{"serverPort": true}')
    assert bad.status == 200
    assert bad.json["faults"] == [{"line": 1, "path": "serverPort", "text": "expected integer, got boolean"}]
    assert desk.file.read_bytes() == before


def test_the_level_of_the_log(desk: Desk, same_level: None) -> None:
    logs.set_level("info")
    assert desk.api.get("/api/loglevel") == {"level": "info"}
    answer = desk.api.ask("PUT", "/api/loglevel", {"level": "debug"})
    assert (answer.status, answer.json) == (200, {"level": "debug"})
    assert desk.api.get("/api/live")["logLevel"] == "debug"
    for body in ({"level": "loud"}, {"level": 5}, {}, "[]", "{"):
        assert desk.api.ask("PUT", "/api/loglevel", body).status == 400
    assert logs.level() == "debug"


def test_a_reload_that_is_asked_for_while_the_client_ends(desk: Desk) -> None:
    desk.client.changes.close()
    answer = desk.api.ask("GET", "/api/reload")
    assert (answer.status, answer.json["Msg"]) == (500, "apply config failed: config source is not available")
    answer = desk.api.ask("GET", "/api/store/proxies")
    assert (answer.status, answer.json["Msg"][:16]) == (404, "store disabled: ")
    assert eventually(lambda: names(desk) == ["ssh"])
