"""An OpenID Connect issuer: discovery, a key set that rotates, a token endpoint, and faults of all three on command."""

import base64
import contextlib
import functools
import json
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import gevent
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from tests.support.certificates import Pair
from tests.support.ports import free_port

CLIENT_ID, CLIENT_SECRET = "robot", "p%ss: wörd/+"  # the secret shows who forgets to encode it
AUDIENCE = "frps.test"
DISCOVERY, KEYS, TOKEN = "/.well-known/openid-configuration", "/keys", "/token"

Request = dict[str, Any]  # WSGI's environ
Fault = Callable[[], tuple[int, bytes]]  # what is answered in place of the answer


@functools.cache
def private_key(algorithm: str, number: int = 0) -> Any:
    """One for all tests: RSA keys take a while to make. Another `number`, another key."""
    if algorithm.startswith("ES"):
        return ec.generate_private_key(
            {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "512": ec.SECP521R1()}[algorithm[2:]]
        )
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(algorithm: str, kid: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """The public half as an issuer publishes it."""
    signer = jwt.get_algorithm_by_name(algorithm)
    jwk = json.loads(signer.to_jwk(private_key(algorithm, number).public_key()))
    return jwk | {"kid": kid, "use": "sig", "alg": algorithm} | more


@dataclass
class Issuer:
    """Answers on `url` until its `with` block ends. What it publishes and how it answers may change at any time."""

    port: int = 0
    scheme: str = "http"
    algorithms: list[str] | None = field(default_factory=lambda: ["RS256", "ES256"])
    jwks: list[dict[str, Any]] = field(default_factory=lambda: [public_jwk("RS256", "one"), public_jwk("ES256", "two")])
    signs_with: tuple[str, str, int] = ("RS256", "one", 0)  # algorithm, key id, number of the key
    subject: str = CLIENT_ID  # of the tokens that the endpoint gives
    lifetime: object = 3600  # seconds, as `expires_in`; None: the answer does not say
    styles: tuple[str, ...] = ("basic", "body")
    answers: str = "json"  # or form
    claims: dict[str, Any] = field(default_factory=dict)  # in place of those that the endpoint's tokens have
    faults: dict[str, Fault] = field(default_factory=dict)  # by path
    counts: Counter[str] = field(default_factory=Counter)  # requests, by path
    forms: list[dict[str, str]] = field(default_factory=list)  # that the endpoint got; with `auth`: how
    issued: list[str] = field(default_factory=list)  # tokens
    hosts: list[str] = field(default_factory=list)  # of all requests

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def token_url(self) -> str:
        return self.url + TOKEN

    def mint(self, algorithm: str = "RS256", kid: str | None = "one", number: int = 0, **claims: Any) -> str:
        """A token, good unless `claims` say otherwise; a claim that is None is left out."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": AUDIENCE, "sub": self.subject, "iat": now, "exp": now + 3600}
        payload = {name: value for name, value in (usual | claims).items() if value is not None}
        headers = {"kid": kid} if kid is not None else {}
        return jwt.encode(payload, private_key(algorithm, number), algorithm, headers)

    # --- HTTP

    def __call__(self, request: Request, start: Callable[..., Any]) -> list[bytes]:
        path = urlsplit(request["PATH_INFO"]).path  # a proxy gets whole URLs
        self.counts[path] += 1
        self.hosts.append(request.get("HTTP_HOST", ""))
        status, kind, body = self._answer(path, request)
        start(f"{status} Fine" if status < 400 else f"{status} Refused", [("Content-Type", kind)])
        return [body]

    def _answer(self, path: str, request: Request) -> tuple[int, str, bytes]:
        if path in self.faults:
            status, body = self.faults[path]()
            return status, "application/json", body
        match path:
            case "/.well-known/openid-configuration":
                return 200, "application/json", json.dumps(self.discovery()).encode()
            case "/keys":
                return 200, "application/json", json.dumps({"keys": self.jwks}).encode()
            case "/token":
                return self._token(request)
        return 404, "text/plain", b"not found"

    def discovery(self) -> dict[str, Any]:
        document: dict[str, Any] = {"issuer": self.url, "jwks_uri": self.url + KEYS, "token_endpoint": self.token_url}
        if self.algorithms is not None:
            document["id_token_signing_alg_values_supported"] = self.algorithms
        return document

    def _token(self, request: Request) -> tuple[int, str, bytes]:
        size = int(request.get("CONTENT_LENGTH") or 0)
        text = request["wsgi.input"].read(size).decode()
        form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
        style, client, secret = _credentials(request.get("HTTP_AUTHORIZATION", ""), form)
        self.forms.append(form | {"auth": style})
        if style not in self.styles or (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            failure = {"error": "invalid_client", "error_description": f"no {secret} for {client}"}
            return 401, "application/json", json.dumps(failure).encode()
        algorithm, kid, number = self.signs_with
        self.issued.append(self.mint(algorithm, kid, number, **self.claims))
        answer = {"access_token": self.issued[-1], "token_type": "Bearer"}
        answer |= {"expires_in": self.lifetime} if self.lifetime is not None else {}
        if self.answers == "form":
            return 200, "application/x-www-form-urlencoded", urlencode(answer).encode()
        return 200, "application/json;charset=UTF-8", json.dumps(answer).encode()

    def rotate(self, algorithm: str, kid: str, number: int, *, keep: bool = True) -> None:
        """Publish one more key, and sign with it; `keep` the old ones."""
        self.jwks = [*(self.jwks if keep else []), public_jwk(algorithm, kid, number)]
        self.signs_with = (algorithm, kid, number)


def _credentials(header: str, form: dict[str, str]) -> tuple[str, str, str]:
    if header.startswith("Basic "):
        client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return "basic", unquote_plus(client), unquote_plus(secret)
    return "body", form.get("client_id", ""), form.get("client_secret", "")


def broken(status: int = 503, body: bytes = b"{}") -> Fault:
    return lambda: (status, body)


def hanging() -> tuple[int, bytes]:
    gevent.sleep(3600)
    return 200, b""


@contextlib.contextmanager
def serving(issuer: Issuer, pair: Pair | None = None) -> Iterator[Issuer]:
    """Answer on a port of 127.0.0.1, the issuer's own if it has one; over TLS with a `pair`."""
    issuer.port = issuer.port or free_port()
    issuer.scheme = "https" if pair is not None else "http"
    tls = {}
    if pair is not None:
        tls["ssl_context"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls["ssl_context"].load_cert_chain(pair.cert, pair.key)
    pool = Pool()
    server = WSGIServer(("127.0.0.1", issuer.port), issuer, log=None, error_log=None, spawn=pool, **tls)
    server.start()
    try:
        yield issuer
    finally:
        server.stop(timeout=0)
        pool.kill()
