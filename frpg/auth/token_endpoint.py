"""The client's side of an OAuth2 token endpoint: client credentials (RFC 6749, sections 2.3.1, 4.4 and 5)."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from frpg.config.client import ClientOidcConfig
from frpg.errors import AuthError
from frpg.net.failure import describe

MAX_ANSWER = 1 << 20  # bytes
_MAX_SHOWN = 200  # characters of the endpoint's words in an error
_FORM = "application/x-www-form-urlencoded"


class Response(Protocol):
    """What the endpoint answers: frpg.net's Answer."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    def header(self, name: str) -> str: ...


Post = Callable[[str, Mapping[str, str], bytes], Response]  # url, header fields, body. Raises OSError, ValueError


class Grant(NamedTuple):
    """A token, and how long it holds."""

    access_token: str
    lifetime: float | None  # seconds; None: the endpoint does not say

    def __repr__(self) -> str:
        return f"Grant(lifetime={self.lifetime})"  # no token in a log


class TokenEndpoint:
    """Asks for tokens; remembers how the endpoint wants the client to say who it is."""

    def __init__(self, options: ClientOidcConfig, post: Post) -> None:
        self._url = options.token_endpoint_url
        self._id, self._secret = options.client_id, options.client_secret
        self._post = post
        self._in_body: bool | None = None  # id and secret; None: not known yet
        form = {"grant_type": "client_credentials", "scope": options.scope}  # the scope also when it is empty
        if options.audience:
            form["audience"] = options.audience
        self._form = form | options.additional_endpoint_params

    def fetch(self) -> Grant:
        """A new token. Raises OSError, AuthError."""
        if self._in_body is not None:
            return self._ask(in_body=self._in_body)
        try:
            grant, in_body = self._ask(in_body=False), False
        except AuthError:
            grant, in_body = self._ask(in_body=True), True
        self._in_body = in_body
        return grant

    def _ask(self, *, in_body: bool) -> Grant:
        fields = {"Content-Type": _FORM, "Accept": "application/json", "Connection": "close"}
        form = dict(self._form)
        if in_body:
            form |= {"client_id": self._id}
            form |= {"client_secret": self._secret} if self._secret else {}
        else:
            credentials = f"{quote_plus(self._id)}:{quote_plus(self._secret)}"
            fields["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        answer = self._send(fields, urlencode(form).encode())
        values = _parse(answer)
        if not 200 <= answer.status < 300 or "error" in values:
            raise AuthError(f"token endpoint answered {answer.status}{self._complaint(values)}")
        token = values.get("access_token")
        if not isinstance(token, str) or not token:
            raise AuthError("token endpoint answered without access_token")
        return Grant(token, _seconds(values.get("expires_in")))

    def _send(self, fields: Mapping[str, str], body: bytes) -> Response:
        try:
            return self._post(self._url, fields, body)
        except (OSError, ValueError) as error:
            raise OSError(f'Post "{_place(self._url)}": {describe(error)}') from error

    def _complaint(self, values: Mapping[str, object]) -> str:
        """What the endpoint says is wrong, in its words; some repeat the secret."""
        words = [value for name in ("error", "error_description") if isinstance(value := values.get(name), str)]
        text = ": ".join(words)
        if self._secret:
            text = text.replace(self._secret, "***")
        return f": {''.join(char if char.isprintable() else '?' for char in text[:_MAX_SHOWN])}" if text else ""


def _place(url: str) -> str:
    """Without what may be secret in it."""
    return urlsplit(url)._replace(query="", fragment="", netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()


def _parse(answer: Response) -> dict[str, object]:
    """The answer's values; none when it cannot be read."""
    kind = answer.header("Content-Type").partition(";")[0].strip().lower()
    try:
        if kind in (_FORM, "text/plain"):
            return dict(parse_qsl(answer.body.decode()))
        values = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _seconds(value: object) -> float | None:
    """`expires_in`, which some endpoints write as text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 and math.isfinite(seconds) else None
