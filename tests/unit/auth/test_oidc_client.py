"""A client's tokens: when they are fetched, shared, kept, forgotten; and the fields they go into."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from frpg.auth.oidc_client import OidcClientAuth, TokenCache, make_oidc_client
from frpg.auth.token_endpoint import Grant
from frpg.config.client import ClientAuthConfig, ClientOidcConfig
from frpg.config.common import EnvVar, ExecSource, FileSource, ValueSource
from frpg.errors import AuthError, ConfigError
from tests.support.certificates import Authority
from tests.support.issuer import CLIENT_ID, CLIENT_SECRET, TOKEN, Issuer, broken, serving
from tests.support.ports import free_port

BOTH = ["HeartBeats", "NewWorkConns"]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as issuer:
        yield issuer


def auth_of(scopes: list[str] | None = None, **options: object) -> ClientAuthConfig:
    return ClientAuthConfig(method="oidc", additional_scopes=scopes or [], oidc=ClientOidcConfig(**options))  # type: ignore[arg-type]


def of(issuer: Issuer, scopes: list[str] | None = None, **more: object) -> ClientAuthConfig:
    usual = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token_endpoint_url": issuer.token_url}
    return auth_of(scopes, **(usual | more))


def cache(lifetimes: list[float | None], clock: Clock) -> TokenCache:
    """Each fetched token has the next number, and one of the lifetimes."""
    left = iter(enumerate(lifetimes))

    def fetch() -> Grant:
        number, lifetime = next(left)
        return Grant(f"token {number}", lifetime)

    return TokenCache(fetch, timeout=5.0, clock=clock)


def test_a_token_is_used_until_ten_seconds_before_its_end(clock: Clock) -> None:
    tokens = cache([60.0, 60.0], clock)
    assert tokens.get() == "token 0"
    clock.now += 49.9
    assert tokens.get() == "token 0"
    clock.now += 0.1
    assert tokens.get() == "token 1"


def test_its_time_begins_when_it_was_asked_for(clock: Clock) -> None:
    def fetch() -> Grant:
        clock.now += 45.0  # a slow endpoint
        return Grant("token", 60.0)

    tokens = TokenCache(fetch, timeout=5.0, clock=clock)
    tokens.get()
    before = clock.now
    clock.now += 5.0
    tokens.get()
    assert clock.now == before + 5.0 + 45.0


@pytest.mark.parametrize("lifetime", [None, 5.0, 10.0])
def test_a_token_that_does_not_last_is_fetched_for_every_use(clock: Clock, lifetime: float | None) -> None:
    tokens = cache([lifetime] * 3, clock)
    assert [tokens.get() for _ in range(3)] == ["token 0", "token 1", "token 2"]


def test_the_first_answer_does_not_decide_for_the_later_ones(clock: Clock) -> None:
    tokens = cache([None, 60.0], clock)
    assert [tokens.get() for _ in range(3)] == ["token 0", "token 1", "token 1"]


def test_many_who_need_one_at_a_time_share_a_fetch(clock: Clock) -> None:
    go, fetched = Event(), []

    def fetch() -> Grant:
        fetched.append(1)
        go.wait()
        return Grant("token", None)

    tokens = TokenCache(fetch, timeout=5.0, clock=clock)
    askers = [gevent.spawn(tokens.get) for _ in range(20)]
    gevent.idle()
    go.set()
    assert {asker.get() for asker in askers} == {"token"}
    assert len(fetched) == 1


def test_a_forgotten_token_is_not_used_again(clock: Clock) -> None:
    auth = OidcClientAuth(cache([3600.0, 3600.0], clock))
    assert auth.login_fields(5.9) == {"privilege_key": "token 0", "timestamp": 5}
    auth.forget()
    assert auth.login_fields(6.0) == {"privilege_key": "token 1", "timestamp": 6}


@pytest.mark.parametrize("scopes", [[], BOTH, BOTH[:1], BOTH[1:]])
def test_the_fields_of_each_message(clock: Clock, scopes: list[str]) -> None:
    auth = OidcClientAuth(cache([3600.0], clock), scopes)
    assert auth.login_fields(1.0) == {"privilege_key": "token 0", "timestamp": 1}
    carried = {"privilege_key": "token 0"}
    assert auth.ping_fields(1.0) == (carried if "HeartBeats" in scopes else {})
    assert auth.work_conn_fields(1.0) == (carried if "NewWorkConns" in scopes else {})
    assert auth.signs_work_conns is ("NewWorkConns" in scopes)


def test_messages_without_the_scope_need_no_token(clock: Clock) -> None:
    auth = OidcClientAuth(cache([], clock))
    assert not auth.ping_fields(1.0) and not auth.work_conn_fields(1.0)


# --- from an endpoint


def failure(auth: OidcClientAuth) -> str:
    with pytest.raises(AuthError) as caught:
        auth.login_fields(1.0)
    assert caught.value.reason == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("style", ["basic", "body"])
@pytest.mark.parametrize("answers", ["json", "form"])
def test_a_real_endpoint(issuer: Issuer, clock: Clock, style: str, answers: str) -> None:
    issuer.styles, issuer.answers = (style,), answers
    auth = make_oidc_client(of(issuer, audience="a", scope="s"), clock=clock)
    assert [auth.login_fields(1.0)["privilege_key"] for _ in range(2)] == issuer.issued * 2
    assert issuer.forms[-1]["auth"] == style
    assert (issuer.forms[-1]["audience"], issuer.forms[-1]["scope"]) == ("a", "s")
    clock.now += 3590.0
    auth.login_fields(1.0)
    assert len(issuer.issued) == 2
    assert issuer.counts[TOKEN] == (2 if style == "basic" else 3)


def test_wrong_credentials_are_told_without_the_secret(issuer: Issuer) -> None:
    auth = make_oidc_client(of(issuer, client_secret="not th1s"))
    text = failure(auth)
    assert text == (
        "couldn't generate OIDC token for login: "
        "token endpoint answered 401: invalid_client: no *** for robot"
    )  # fmt: skip


def test_an_endpoint_that_is_away_or_says_too_much(issuer: Issuer) -> None:
    port = free_port()
    auth = make_oidc_client(of(issuer, token_endpoint_url=f"http://127.0.0.1:{port}/t"))
    prefix = f'couldn\'t generate OIDC token for login: Post "http://127.0.0.1:{port}/t": '
    assert failure(auth) == f"{prefix}dial tcp 127.0.0.1:{port}: connect: connection refused"
    issuer.faults[TOKEN] = broken(200, b" " * (2 << 20))
    assert 'Post "' in failure(make_oidc_client(of(issuer)))


def test_close_ends_a_fetch_and_those_who_wait(issuer: Issuer) -> None:
    asked = Event()

    def hang() -> tuple[int, bytes]:
        asked.set()
        gevent.sleep(3600)
        return 200, b""

    issuer.faults[TOKEN] = hang
    auth = make_oidc_client(of(issuer))
    waiting = gevent.spawn(failure, auth)
    asked.wait()
    auth.close()
    assert waiting.get() == "couldn't generate OIDC token for login: closed"


def test_https_is_verified_unless_switched_off(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    with serving(Issuer(), authority.issue("endpoint", "127.0.0.1")) as issuer:
        assert "certificate verify failed" in failure(make_oidc_client(of(issuer)))
        other = Authority(tmp_path, "other")
        assert "certificate verify failed" in failure(make_oidc_client(of(issuer, trusted_ca_file=other.file)))
        for own in ({"trusted_ca_file": authority.file}, {"insecure_skip_verify": True}):
            assert make_oidc_client(of(issuer, **own)).login_fields(1.0)["privilege_key"] in issuer.issued


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    with serving(Issuer(), authority.issue("endpoint")) as issuer:
        assert "certificate verify failed" in failure(make_oidc_client(of(issuer, trusted_ca_file=authority.file)))


def test_through_a_proxy(issuer: Issuer) -> None:
    """An HTTP proxy forwards what is not TLS itself: it gets the whole URL."""
    auth = make_oidc_client(of(issuer, token_endpoint_url="http://endpoint.test/token", proxy_url=issuer.url))
    auth.login_fields(1.0)
    assert issuer.hosts[-1] == "endpoint.test"


def test_the_environments_proxy_is_not_asked_beside_an_option(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", issuer.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    url = "http://endpoint.invalid/token"
    make_oidc_client(of(issuer, token_endpoint_url=url)).login_fields(1.0)
    assert issuer.hosts[-1] == "endpoint.invalid"
    assert "lookup endpoint.invalid" in failure(
        make_oidc_client(of(issuer, token_endpoint_url=url, insecure_skip_verify=True))
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"proxy_url": "ftp://u:p4ss@h:1"}, "auth.oidc.proxyURL: "),
        ({"trusted_ca_file": "none"}, "auth.oidc.trustedCaFile: open none: no such file or directory"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_oidc_client(auth_of(**options))
    assert str(caught.value).startswith(text)
    assert "p4ss" not in str(caught.value)


# --- from a file or a command


def test_a_file_is_read_for_every_use(tmp_path: Path) -> None:
    path = tmp_path / "token"
    source = ValueSource(type="file", file=FileSource(path=str(path)))
    auth = make_oidc_client(auth_of(token_source=source))
    for content in (" one\n", "two"):
        path.write_text(content)
        assert auth.login_fields(1.0)["privilege_key"] == content.strip()
    path.unlink()
    assert failure(auth) == (
        "couldn't generate OIDC token for login: "
        f"failed to read file {path}: open {path}: no such file or directory"
    )  # fmt: skip


def test_a_command_runs_for_every_use(tmp_path: Path) -> None:
    command = ExecSource(
        command="sh",
        args=["-c", 'echo x >> "$LIST"; wc -l < "$LIST"'],
        env=[EnvVar(name="LIST", value=str(tmp_path / "list"))],
    )
    auth = make_oidc_client(auth_of(token_source=ValueSource(type="exec", exec=command)))
    assert [auth.login_fields(1.0)["privilege_key"] for _ in range(2)] == ["1", "2"]


def test_nothing_shows_a_secret(issuer: Issuer) -> None:
    config = of(issuer)
    auth = make_oidc_client(config)
    auth.login_fields(1.0)
    assert CLIENT_SECRET not in repr(config) + repr(auth) + repr(vars(auth))
