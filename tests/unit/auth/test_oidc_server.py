"""A server with an issuer: starting, logins, later messages, what is remembered, and whose session it is."""

import sys
import time
from collections.abc import Iterator
from unittest import mock

import pytest

from frpg.auth import oidc_server
from frpg.auth.keyset import PAUSE
from frpg.auth.method import Identity, WouldWait
from frpg.auth.oidc_server import OidcServerAuth
from frpg.config.server import ServerAuthConfig, ServerOidcConfig
from frpg.errors import AuthError, ConfigError
from frpg.proto.messages import Login, NewWorkConn, Ping
from tests.support.issuer import AUDIENCE, CLIENT_ID, DISCOVERY, KEYS, Issuer, broken, public_jwk, serving
from tests.support.ports import free_port

BOTH = ["HeartBeats", "NewWorkConns"]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as issuer:
        yield issuer


class House:
    """A prepared server whose time stands still."""

    def __init__(self, issuer: Issuer, scopes: list[str] | None = None, **options: object) -> None:
        self.issuer = issuer
        self.clock = 1000.0
        self.now = time.time()
        settled = {"issuer": issuer.url, "audience": AUDIENCE} | options
        config = ServerAuthConfig(
            method="oidc",
            additional_scopes=BOTH if scopes is None else scopes,
            oidc=ServerOidcConfig(**settled),  # type: ignore[arg-type]
        )
        self.auth = OidcServerAuth(config, now=lambda: self.now, clock=lambda: self.clock)
        self.auth.prepare()

    def log_in(self, token: str) -> Identity:
        return self.auth.check_login(Login(privilege_key=token))

    def failure(self, token: str) -> str:
        with pytest.raises(AuthError) as caught:
            self.log_in(token)
        return caught.value.reason

    def work_failure(self, token: str, identity: Identity) -> str:
        with pytest.raises(AuthError) as caught:
            self.auth.check_work_conn(NewWorkConn(privilege_key=token), identity, may_wait=True)
        return caught.value.reason


def test_the_whole_of_a_session(issuer: Issuer) -> None:
    house = House(issuer)
    token = issuer.mint()
    identity = house.log_in(token)
    assert identity == Identity(CLIENT_ID, issuer.url)
    house.auth.check_ping(Ping(privilege_key=token), identity)
    house.auth.check_work_conn(NewWorkConn(privilege_key=token), identity, may_wait=False)
    house.auth.check_work_conn(NewWorkConn(privilege_key=issuer.mint("ES256", "two")), identity, may_wait=False)
    assert issuer.counts == {DISCOVERY: 1, KEYS: 1}


def test_nothing_is_checked_beyond_the_scopes(issuer: Issuer) -> None:
    house = House(issuer, [])
    house.auth.check_ping(Ping(), Identity("me"))
    house.auth.check_work_conn(NewWorkConn(privilege_key="x"), Identity("me"), may_wait=False)
    assert house.failure("x")


def test_the_words_of_a_refusal(issuer: Issuer) -> None:
    house = House(issuer)
    identity = house.log_in(issuer.mint())
    expired = issuer.mint(exp=1)
    text = "the token is expired (since 1970-01-01 00:00:01 UTC)"
    assert house.failure(expired) == f"invalid OIDC token in login: {text}"
    assert house.work_failure(expired, identity) == f"invalid OIDC token in ping: {text}"
    with pytest.raises(AuthError) as caught:
        house.auth.check_ping(Ping(), identity)
    assert caught.value.reason == "invalid OIDC token in ping: there is no token"


def test_another_subject_is_not_the_one_who_logged_in(issuer: Issuer) -> None:
    house = House(issuer)
    identity = house.log_in(issuer.mint())
    house.log_in(issuer.mint(sub="other"))
    text = "received different OIDC subject in login and ping. new subject: "
    assert house.work_failure(issuer.mint(sub="other"), identity) == f"{text}other"
    with pytest.raises(AuthError) as caught:
        house.auth.check_ping(Ping(privilege_key=issuer.mint(sub="a\nb" + "c" * 100)), identity)
    assert caught.value.reason == f"{text}a?b{'c' * 61}"


def test_the_same_subject_of_another_issuer_is_another(issuer: Issuer) -> None:
    house = House(issuer, skip_issuer_check=True)
    identity = house.log_in(issuer.mint())
    assert house.work_failure(issuer.mint(iss="https://other.test"), identity).startswith("received different")


def test_a_token_that_was_seen_is_not_checked_again_until_it_ends(issuer: Issuer) -> None:
    house = House(issuer)
    token = issuer.mint(exp=int(house.now) + 60)
    house.log_in(token)
    assert house.auth._verifier is not None
    with mock.patch.object(house.auth._verifier, "verify", side_effect=AssertionError):
        house.log_in(token)
    house.now += 61
    assert "the token is expired" in house.failure(token)


def test_a_token_that_was_seen_is_checked_again_when_the_keys_are_others(issuer: Issuer) -> None:
    house = House(issuer)
    token = issuer.mint()
    house.log_in(token)
    issuer.rotate("ES256", "new", 3, keep=False)
    house.log_in(issuer.mint("ES256", "new", 3))
    assert "of no key of the issuer" in house.failure(token)


def test_only_so_many_tokens_are_remembered(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_server, "MAX_SEEN", 3)
    house = House(issuer)
    for number in range(5):
        house.log_in(issuer.mint("ES256", "two", jti=str(number)))
    for _ in range(100):
        house.failure("garbage")
    assert len(house.auth._seen) == 3


def test_a_bad_token_is_not_remembered(issuer: Issuer) -> None:
    house = House(issuer)
    token = issuer.mint("ES256", "new", 3)
    house.failure(token)
    assert not house.auth._seen
    issuer.rotate("ES256", "new", 3)
    house.clock += PAUSE
    assert house.log_in(token)


def test_a_work_connection_with_a_new_key_is_for_where_waiting_is_allowed(issuer: Issuer) -> None:
    house = House(issuer)
    identity = house.log_in(issuer.mint())
    issuer.rotate("ES256", "new", 3)
    message = NewWorkConn(privilege_key=issuer.mint("ES256", "new", 3))
    with pytest.raises(WouldWait):
        house.auth.check_work_conn(message, identity, may_wait=False)
    house.auth.check_work_conn(message, identity, may_wait=True)
    house.auth.check_work_conn(message, identity, may_wait=False)


def test_known_keys_work_while_the_issuer_is_away(issuer: Issuer) -> None:
    house = House(issuer)
    issuer.faults |= {KEYS: broken(), DISCOVERY: broken()}
    assert house.failure(issuer.mint("ES256", "new", 3))
    assert house.log_in(issuer.mint("ES256", "two"))


@pytest.mark.parametrize(
    ("options", "claims"),
    [
        ({"audience": ""}, {"aud": None}),
        ({"skip_expiry_check": True}, {"exp": 1, "nbf": 1 << 40}),
        ({"skip_issuer_check": True}, {"iss": "https://other.test"}),
    ],
)
def test_what_can_be_switched_off(issuer: Issuer, options: dict[str, object], claims: dict[str, object]) -> None:
    assert House(issuer, **options).log_in(issuer.mint(**claims))  # type: ignore[arg-type]
    assert House(issuer).failure(issuer.mint(**claims))  # type: ignore[arg-type]


# --- starting


def start_failure(**options: object) -> str:
    auth = OidcServerAuth(ServerAuthConfig(method="oidc", oidc=ServerOidcConfig(**options)))  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        auth.prepare()
    (line,) = caught.value.faults
    return line


def test_an_issuer_that_cannot_be() -> None:
    assert start_failure() == 'auth.oidc.issuer: is needed with auth.method = "oidc"'
    assert start_failure(issuer="issuer.test") == "auth.oidc.issuer: must be an absolute http or https URL"
    assert start_failure(issuer="http://").startswith("auth.oidc.issuer: cannot ask http://: not a URL")
    port = free_port()
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    url = f"http://127.0.0.1:{port}"
    assert start_failure(issuer=url) == f"auth.oidc.issuer: cannot ask {url}: {refused}"


def test_an_issuer_that_is_none(issuer: Issuer) -> None:
    issuer.faults[DISCOVERY] = broken(404)
    assert start_failure(issuer=issuer.url) == f"auth.oidc.issuer: {issuer.url}{DISCOVERY}: answered 404"
    issuer.faults[DISCOVERY] = broken(200, b"x" * (2 << 20))
    assert start_failure(issuer=issuer.url).startswith(f"auth.oidc.issuer: cannot ask {issuer.url}: ")


def test_without_its_keys_it_starts_and_asks_again(issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    issuer.faults[KEYS] = broken(503)
    house = House(issuer)
    assert f"cannot fetch the keys of the OIDC issuer: {issuer.url}{KEYS}: answered 503" in caplog.text
    assert house.failure(issuer.mint())
    issuer.faults.clear()
    house.clock += PAUSE
    assert house.log_in(issuer.mint())


def test_plain_http_is_told(issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    House(issuer)
    assert "auth.oidc.issuer is not https" in caplog.text


def test_algorithms_are_those_of_the_issuer(issuer: Issuer) -> None:
    issuer.jwks.append(public_jwk("PS256", "three"))
    issuer.algorithms = ["PS256", "HS256"]
    house = House(issuer)
    assert house.log_in(issuer.mint("PS256", "three"))
    assert "algorithm that is not accepted" in house.failure(issuer.mint())
    issuer.algorithms = None
    house = House(issuer)
    assert house.log_in(issuer.mint())
    assert "algorithm that is not accepted" in house.failure(issuer.mint("PS256", "three"))


def test_without_the_library_the_cure_is_told(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name in ("frpg.auth.keyset", "frpg.auth.verifier")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jwt", None)
    assert start_failure(issuer=issuer.url).endswith('pip install "pyjwt>=2.12"')


def test_before_it_is_prepared_nobody_is_let_in() -> None:
    auth = OidcServerAuth(ServerAuthConfig(method="oidc"))
    with pytest.raises(AuthError, match="the issuer was not asked yet"):
        auth.check_login(Login(privilege_key="x"))
    auth.close()
