import json

import pytest

from frpg.proto.messages import ClientSpec
from frpg.server.plugins import (
    CloseProxyContent,
    LoginContent,
    NewProxyContent,
    NewUserConnContent,
    NewWorkConnContent,
    PingContent,
    Reject,
    UserInfo,
)
from frpg.server.plugins.contents import Content, Op
from frpg.server.plugins.plugin import PluginError
from frpg.server.plugins.verdict import encode_question, read_answer

USER = UserInfo(user="usr", metas={"token": "x<y", "a": "ä"}, run_id="39fe3dec2bfaa071")
U = r'"user":{"user":"usr","metas":{"a":"ä","token":"x\u003cy"},"run_id":"39fe3dec2bfaa071"}'
LOGIN = LoginContent(
    version="0.70.1", hostname="vm", os="linux", arch="amd64", user="usr", privilege_key="38", timestamp=1795718783,
    client_id="cid", metas={"a": "ä"}, pool_count=1, half_close=True, client_address="127.0.0.1:60984",
)  # fmt: skip
PROXY = NewProxyContent(
    user=USER, proxy_name="usr.p1", proxy_type="tcp", use_encryption=True, bandwidth_limit="1MB", metas={"id": "1"},
    annotations={"a/b": "c"}, remote_port=19057, proxy_protocol_version="v2",
)  # fmt: skip

# Bodies as frps 0.70.1 sends them.
QUESTIONS: list[tuple[Op, Content, str]] = [
    (
        "Login",
        LOGIN,
        '{"version":"0.70.1","hostname":"vm","os":"linux","arch":"amd64","user":"usr","privilege_key":"38",'
        '"timestamp":1795718783,"client_id":"cid","metas":{"a":"ä"},"client_spec":{},"pool_count":1,'
        '"client_address":"127.0.0.1:60984"}',
    ),
    ("Login", LoginContent(client_address="[::1]:1"), '{"client_spec":{},"client_address":"[::1]:1"}'),
    (
        "NewProxy",
        PROXY,
        f'{{{U},"proxy_name":"usr.p1","proxy_type":"tcp","use_encryption":true,"bandwidth_limit":"1MB",'
        '"metas":{"id":"1"},"annotations":{"a/b":"c"},"remote_port":19057}',
    ),
    ("CloseProxy", CloseProxyContent(user=USER, proxy_name="usr.p2"), f'{{{U},"proxy_name":"usr.p2"}}'),
    ("Ping", PingContent(user=USER, privilege_key="k", timestamp=5), f'{{{U},"privilege_key":"k","timestamp":5}}'),
    ("Ping", PingContent(), '{"user":{"user":"","metas":null,"run_id":""}}'),
    (
        "NewWorkConn",
        NewWorkConnContent(user=USER, run_id="39fe3dec2bfaa071"),
        f'{{{U},"run_id":"39fe3dec2bfaa071"}}',
    ),
    (
        "NewUserConn",
        NewUserConnContent(user=USER, proxy_name="usr.p1", proxy_type="tcp", remote_addr="127.0.0.1:48442"),
        f'{{{U},"proxy_name":"usr.p1","proxy_type":"tcp","remote_addr":"127.0.0.1:48442"}}',
    ),
]


@pytest.mark.parametrize(("op", "content", "text"), QUESTIONS)
def test_questions_look_as_frps(op: Op, content: Content, text: str) -> None:
    assert encode_question(op, content).decode() == f'{{"version":"0.1.0","op":"{op}","content":{text}}}'


@pytest.mark.parametrize(("op", "content", "_text"), QUESTIONS)
def test_content_sent_back_is_the_same(op: Op, content: Content, _text: str) -> None:
    asked = json.loads(encode_question(op, content))["content"]
    assert read_answer(json.dumps({"content": asked}).encode(), op, content) == content


@pytest.mark.parametrize(
    "answer",
    [
        '{"reject":false,"unchange":true}',
        '{"unchange":true,"content":{"proxy_name":5}}',
        '{"UnChange":true,"reject":null,"other":[1]}',
        ' {"unchange" : true} \n',
    ],
)
def test_unchanged(answer: str) -> None:
    assert read_answer(answer.encode(), "NewProxy", PROXY) is PROXY


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"reject":true,"reject_reason":"no","unchange":true}', "no"),
        ('{"Reject":true,"REJECT_REASON":"no"}', "no"),
        ('{"reject":true}', ""),
    ],
)
def test_rejected(answer: str, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        read_answer(answer.encode(), "NewProxy", PROXY)
    assert caught.value.reason == reason


def test_content_is_replaced_whole_but_for_who_asks() -> None:
    other = {"user": "evil", "metas": None, "run_id": "other"}
    answer = {"content": {"user": other, "proxy_name": "p", "PROXY_TYPE": "udp", "unknown": 1}}
    changed = read_answer(json.dumps(answer).encode(), "NewProxy", PROXY)
    assert changed == NewProxyContent(user=USER, proxy_name="p", proxy_type="udp", proxy_protocol_version="v2")


def test_empty_content_blanks_everything_else() -> None:
    assert read_answer(b'{"content":{}}', "NewProxy", PROXY) == NewProxyContent(user=USER, proxy_protocol_version="v2")
    changed = read_answer(b'{"CONTENT":{"client_address":"1","half_close":false}}', "Login", LOGIN)
    assert changed == LoginContent(client_address="127.0.0.1:60984", half_close=True, client_spec=ClientSpec())


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"unchange":NaN}', "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"reject":"true"}', "field reject"),
        (b'{"reject":1}', "field reject"),
        (b'{"reject":true,"reject_reason":5}', "field reject_reason"),
        (b"{}", "has no content"),
        (b'{"content":null}', "has no content"),
        (b'{"content":[]}', "has no content"),
        (b'{"content":{"remote_port":"x"}}', "field remote_port"),
        (b'{"content":{"custom_domains":"x"}}', "field custom_domains"),
    ],
)
def test_what_is_no_answer(answer: bytes, text: str) -> None:
    with pytest.raises(PluginError, match=text):
        read_answer(answer, "NewProxy", PROXY)
