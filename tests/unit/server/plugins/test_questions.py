import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gevent
import pytest

from frpg.proto.messages import Login, NewProxy, NewWorkConn, Ping
from frpg.server.hooks import Refused
from frpg.server.plugins import Reject, UserInfo, questions
from frpg.server.plugins.plugin import Plugin
from frpg.server.plugins.python import PythonPlugin
from frpg.server.plugins.questions import MAX_REASON, Questions
from frpg.server.upstream import Owner
from tests.unit.server.plugins.samples import scripted

OWNER = Owner("usr", {"token": "x"}, "39fe3dec2bfaa071")
USER = UserInfo(user="usr", metas={"token": "x"}, run_id="39fe3dec2bfaa071")
ADDRESS = ("192.0.2.1", 4711)

Ask = Callable[..., Questions]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Makes the questions to plugins with these methods, named p0, p1, …"""
    plugins: list[Plugin] = []

    def make(*methods: dict[str, Callable[..., Any]]) -> Questions:
        made = [PythonPlugin(scripted(f"p{number}", **them), "") for number, them in enumerate(methods)]
        plugins.extend(made)
        return Questions(made)

    yield make
    for plugin in plugins:
        plugin.close()


def refuse(text: str) -> Callable[[Any], None]:
    def method(_content: Any) -> None:
        raise Reject(text)

    return method


def fail(_content: Any) -> None:
    raise ZeroDivisionError("by zero")


def test_what_somebody_wants_to_be_asked(ask: Ask) -> None:
    asked = ask({"login": refuse("")}, {"ping": refuse(""), "login": refuse("")})
    assert [op for op in ("Login", "NewProxy", "CloseProxy", "Ping") if asked.has(op)] == ["Login", "Ping"]  # type: ignore[arg-type]
    assert not Questions([]).has("Login")


def test_contents_are_the_messages_and_who_sends_them(ask: Ask) -> None:
    seen: list[Any] = []
    methods = ("login", "new_proxy", "ping", "new_work_conn", "new_user_conn", "close_proxy")
    asked = ask(dict.fromkeys(methods, seen.append))
    messages = Login(user="usr", half_close=True), NewProxy(proxy_name="n"), Ping(timestamp=1), NewWorkConn(run_id="r")
    assert asked.login(messages[0], ADDRESS) is messages[0]
    assert asked.new_proxy(OWNER, messages[1]) is messages[1]
    assert asked.ping(OWNER, messages[2]) is messages[2]
    assert asked.new_work_conn(OWNER, messages[3]) is messages[3]
    asked.new_user_conn(OWNER, "n", "tcp", ADDRESS)
    asked.close_proxy(OWNER, "n")
    login, new_proxy, ping, new_work_conn, new_user_conn, close_proxy = seen
    assert (login.user, login.half_close, login.client_address) == ("usr", True, "192.0.2.1:4711")
    assert (new_proxy.proxy_name, ping.timestamp, new_work_conn.run_id) == ("n", 1, "r")
    assert (new_user_conn.proxy_name, new_user_conn.proxy_type) == ("n", "tcp")
    assert new_user_conn.remote_addr == "192.0.2.1:4711"
    assert close_proxy.proxy_name == "n"
    assert [content.user for content in seen[1:]] == [USER] * 5


def test_one_after_the_other_each_with_what_the_one_before_has_made_of_it(ask: Ask) -> None:
    def add(letter: str) -> Callable[[Any], Any]:
        return lambda content: replace(content, proxy_name=content.proxy_name + letter)

    asked = ask({"new_proxy": add("a")}, {"ping": refuse("not asked")}, {"new_proxy": add("b")})
    assert asked.new_proxy(OWNER, NewProxy(proxy_name="n", remote_port=5)) == NewProxy(proxy_name="nab", remote_port=5)


def test_who_asks_stays_who_it_is(ask: Ask) -> None:
    def pretend(content: Any) -> Any:
        content.user.metas["token"] = "stolen"
        return replace(content, user=UserInfo(user="root", run_id="other"), proxy_protocol_version="v1")

    seen: list[Any] = []
    asked = ask({"new_proxy": pretend}, {"new_proxy": seen.append})
    asked.new_proxy(OWNER, NewProxy())
    assert OWNER.metas == {"token": "x"}
    assert (seen[0].user.user, seen[0].user.run_id, seen[0].proxy_protocol_version) == ("usr", USER.run_id, "")


def test_the_first_refusal_is_the_last_question(ask: Ask) -> None:
    later: list[Any] = []
    asked = ask({"ping": refuse("no")}, {"ping": later.append})
    with pytest.raises(Refused) as caught:
        asked.ping(OWNER, Ping())
    assert (caught.value.reason, later) == ("no", [])


def test_a_refusal_without_a_reason_has_one_all_the_same(ask: Ask) -> None:
    with pytest.raises(Refused) as caught:
        ask({"ping": refuse("")}).ping(OWNER, Ping())
    assert caught.value.reason == "Ping was refused by plugin p0"


def test_a_reason_is_cut_to_what_a_client_reads(ask: Ask) -> None:
    with pytest.raises(Refused) as caught:
        ask({"ping": refuse("x" * 100_000)}).ping(OWNER, Ping())
    assert caught.value.reason == "x" * MAX_REASON


def test_an_error_refuses_and_is_in_the_log_with_its_traceback(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Refused) as caught:
        ask({"new_work_conn": fail}).new_work_conn(OWNER, NewWorkConn(privilege_key="secret key"))
    assert caught.value.reason == "send NewWorkConn request to plugin error"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    prefix, _, text = record.getMessage().partition("] ")
    assert prefix.startswith("[reqid: ") and len(prefix) == len("[reqid: ") + 16
    assert text == "send NewWorkConn request to plugin [p0] error: ZeroDivisionError: by zero"
    assert record.exc_info is not None and record.exc_info[0] is ZeroDivisionError
    assert "secret key" not in caplog.text


def test_errors_of_users_connections_are_no_warnings(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(Refused):
        ask({"new_user_conn": fail}).new_user_conn(OWNER, "n", "tcp", ADDRESS)
    assert [record.levelno for record in caplog.records] == [logging.INFO]


def test_all_are_told_of_an_end(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    asked = ask(
        {"close_proxy": fail}, {"close_proxy": refuse("no")}, {"close_proxy": lambda content: told.append("third")}
    )
    asked.close_proxy(OWNER, "n")
    assert told == ["third"]
    assert [record.getMessage().partition("] ")[2] for record in caplog.records] == [
        "send CloseProxy request to plugin [p0] error: ZeroDivisionError: by zero"
    ]


def test_a_login_has_one_deadline_for_all_plugins(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "LOGIN_LIMIT", 0.1)
    asked = ask({"login": lambda content: gevent.sleep(60)})
    with pytest.raises(Refused) as caught:
        asked.login(Login(), ADDRESS)
    assert caught.value.reason == "send Login request to plugin error"
