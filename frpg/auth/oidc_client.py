"""OIDC for a client: its proof is an access token, got from a token endpoint or from where the configuration says."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable, Collection, Mapping

from frpg.auth.method import HEART_BEATS, NEW_WORK_CONNS, Proof
from frpg.auth.single_flight import Failed, SingleFlight
from frpg.auth.token_endpoint import MAX_ANSWER, Grant, Response, TokenEndpoint
from frpg.config.client import ClientAuthConfig, ClientOidcConfig
from frpg.config.token_source import DEADLINE, read_value
from frpg.errors import AuthError, ConfigError
from frpg.net.failure import describe
from frpg.net.http_client import HttpClient, verifying_context
from frpg.net.tls import client_context

FETCH_TIMEOUT = 10.0  # seconds for one request of a token
_MARGIN = 10.0  # seconds before its end that a token is not used any more


class TokenCache:
    """The token of a while; one that does not say how long it holds is used by those who waited for it.

    Args:
        fetch: waits. Raises OSError, ValueError, FrpgError.
        timeout: seconds that it has.
        clock: monotonic seconds.
    """

    def __init__(
        self, fetch: Callable[[], Grant], *, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._flight = SingleFlight(self._renew, timeout)
        self._token = ""
        self._good_until = float("-inf")

    def get(self) -> str:
        """Raises Failed."""
        return self._token if self._clock() < self._good_until else self._flight.get()

    def _renew(self) -> str:
        asked_at = self._clock()
        grant = self._fetch()
        self._token = grant.access_token
        self._good_until = asked_at + (grant.lifetime or 0.0) - _MARGIN
        return grant.access_token

    def forget(self) -> None:
        """Fetch one for the next use."""
        self._token, self._good_until = "", float("-inf")

    def close(self) -> None:
        """Idempotent, does not yield."""
        self._flight.close()


class OidcClientAuth:
    """ClientAuth. `scopes` are the messages beyond Login that carry a token."""

    may_wait = True

    def __init__(self, tokens: TokenCache, scopes: Collection[str] = (), secret: str = "") -> None:
        self.secret = secret.encode("utf-8", "surrogateescape")  # as in frp, of auth.token, which is mostly empty
        self._tokens = tokens
        self._scopes = frozenset(scopes)

    @property
    def signs_work_conns(self) -> bool:
        """See ClientAuth."""
        return NEW_WORK_CONNS in self._scopes

    def login_fields(self, now: float) -> Proof:
        """See ClientAuth."""
        return Proof(privilege_key=self._token(), timestamp=int(now))

    def ping_fields(self, _now: float) -> Proof:
        """See ClientAuth."""
        return Proof(privilege_key=self._token()) if HEART_BEATS in self._scopes else Proof()

    def work_conn_fields(self, _now: float) -> Proof:
        """See ClientAuth."""
        return Proof(privilege_key=self._token()) if NEW_WORK_CONNS in self._scopes else Proof()

    def _token(self) -> str:
        try:
            return self._tokens.get()
        except Failed as error:
            text = f"couldn't generate OIDC token for login: {error}"
            raise AuthError(reason=text) from None

    def forget(self) -> None:
        """See ClientAuth."""
        self._tokens.forget()

    def close(self) -> None:
        """See ClientAuth."""
        self._tokens.close()


def make_oidc_client(auth: ClientAuthConfig, *, clock: Callable[[], float] = time.monotonic) -> OidcClientAuth:
    """Raises ConfigError."""
    source = auth.oidc.token_source
    if source is not None:
        cache = TokenCache(lambda: Grant(read_value(source), None), timeout=DEADLINE + 1, clock=clock)
    else:
        endpoint = TokenEndpoint(auth.oidc, _poster(auth.oidc))
        cache = TokenCache(endpoint.fetch, timeout=2 * FETCH_TIMEOUT, clock=clock)  # it may ask twice
    return OidcClientAuth(cache, auth.additional_scopes, auth.token)


def _poster(options: ClientOidcConfig) -> Callable[[str, Mapping[str, str], bytes], Response]:
    has_own_way = bool(options.trusted_ca_file or options.insecure_skip_verify or options.proxy_url)
    tls = _tls(options)
    try:
        client = HttpClient(
            tls=tls,
            proxy=options.proxy_url.replace("socks5h://", "socks5://", 1),  # we always leave names to the proxy
            environ=None if has_own_way else os.environ,
            timeout=FETCH_TIMEOUT,
            max_body=MAX_ANSWER,
            max_idle=0,
        )
    except ConfigError as error:
        raise ConfigError(f"auth.oidc.proxyURL: {error}") from None

    def post(url: str, fields: Mapping[str, str], body: bytes) -> Response:
        return client.request("POST", url, fields=fields, body=body)

    return post


def _tls(options: ClientOidcConfig) -> ssl.SSLContext | None:
    """None: what the system trusts, loaded when it is needed."""
    if options.insecure_skip_verify:
        return client_context()
    if not options.trusted_ca_file:
        return None
    try:
        return verifying_context(options.trusted_ca_file)
    except (OSError, ConfigError) as error:
        raise ConfigError(f"auth.oidc.trustedCaFile: {describe(error)}") from None
