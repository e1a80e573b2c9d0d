"""Token authentication."""

from typing import Any

import pytest

from frpg.auth.method import ANYBODY
from frpg.auth.token import TokenAuth, keys_equal, privilege_key
from frpg.errors import AuthError
from frpg.proto.messages import Login, NewWorkConn, Ping
from tests.vectors import load

BOTH = ["HeartBeats", "NewWorkConns"]


@pytest.mark.parametrize("vector", load("token")["keys"])
def test_golden_keys(vector: dict[str, Any]) -> None:
    assert privilege_key(vector["token"], vector["timestamp"]) == vector["key"]
    auth = TokenAuth(vector["token"])
    assert auth.secret == vector["token"].encode()
    assert auth.sign(vector["timestamp"] + 0.9) == {"privilege_key": vector["key"], "timestamp": vector["timestamp"]}


@pytest.mark.parametrize("scopes", [[], BOTH, BOTH[:1], BOTH[1:]])
def test_what_a_client_signs_a_server_takes(scopes: list[str]) -> None:
    auth, now = TokenAuth("tökèn", scopes), 1700000000.5
    identity = auth.check_login(Login(**auth.login_fields(now)))
    assert identity == ANYBODY
    auth.check_ping(Ping(**auth.ping_fields(now)), identity)
    auth.check_work_conn(NewWorkConn(**auth.work_conn_fields(now)), identity, may_wait=False)
    assert bool(auth.ping_fields(now)) is ("HeartBeats" in scopes)
    assert bool(auth.work_conn_fields(now)) is auth.signs_work_conns is ("NewWorkConns" in scopes)


def test_nothing_is_checked_beyond_the_scopes() -> None:
    auth = TokenAuth("secret")
    auth.check_ping(Ping(privilege_key="wrong"), ANYBODY)
    auth.check_work_conn(NewWorkConn(), ANYBODY, may_wait=False)


@pytest.mark.parametrize("key", ["", "wrong", privilege_key("other", 5), privilege_key("secret", 6), "ключ", "\ud800"])
def test_a_wrong_key_is_refused_with_the_words_of_frp(key: str) -> None:
    auth = TokenAuth("secret", BOTH)
    with pytest.raises(AuthError) as login:
        auth.check_login(Login(privilege_key=key, timestamp=5))
    with pytest.raises(AuthError) as ping:
        auth.check_ping(Ping(privilege_key=key, timestamp=5), ANYBODY)
    with pytest.raises(AuthError) as work_conn:
        auth.check_work_conn(NewWorkConn(privilege_key=key, timestamp=5), ANYBODY, may_wait=False)
    assert login.value.reason == "token in login doesn't match token from configuration"
    assert ping.value.reason == "token in heartbeat doesn't match token from configuration"
    assert work_conn.value.reason == "token in NewWorkConn doesn't match token from configuration"


def test_an_empty_token_is_a_token() -> None:
    auth = TokenAuth("")
    auth.check_login(Login(privilege_key=privilege_key("", 0)))
    with pytest.raises(AuthError):
        auth.check_login(Login())


def test_bytes_of_the_environment_that_are_no_text() -> None:
    auth = TokenAuth("a\udcffb")
    assert auth.secret == b"a\xffb"
    auth.check_login(Login(**auth.login_fields(1.0)))


def test_keys_of_any_text_can_be_compared() -> None:
    assert keys_equal("a", "a")
    assert not keys_equal("a", "\ud800")
    assert not keys_equal("a", "ä")
