"""What a token endpoint is asked, and what its answers come to."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from frpg.auth.token_endpoint import Grant, Response, TokenEndpoint
from frpg.config.client import ClientOidcConfig
from frpg.errors import AuthError

URL = "https://issuer.test/token"
GOOD = {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}


@dataclass
class Answer:
    status: int
    body: bytes
    kind: str = "application/json"

    def header(self, name: str) -> str:
        assert name == "Content-Type"
        return self.kind


def json_answer(values: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(values).encode())


@dataclass
class Endpoint:
    """Answers with `answers`, one after the other, the last one again and again; keeps what it was asked."""

    answers: list[Answer | Exception]
    asked: list[tuple[Mapping[str, str], dict[str, list[str]]]] = field(default_factory=list)

    def __call__(self, url: str, fields: Mapping[str, str], body: bytes) -> Response:
        assert url == URL
        assert fields["Content-Type"] == "application/x-www-form-urlencoded"
        self.asked.append((fields, parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fetch(*answers: Answer | Exception, **options: Any) -> tuple[Grant, Endpoint]:
    endpoint = Endpoint(list(answers))
    settled = {"client_id": "me", "client_secret": "secret", "token_endpoint_url": URL} | options
    return TokenEndpoint(ClientOidcConfig(**settled), endpoint).fetch(), endpoint


def failure(*answers: Answer | Exception, **options: Any) -> str:
    with pytest.raises((AuthError, OSError)) as caught:
        fetch(*answers, **options)
    return str(caught.value)


def test_client_credentials_in_the_header() -> None:
    grant, endpoint = fetch(json_answer(GOOD), client_id="a:b ü", client_secret="c+d%")
    assert grant == Grant("abc", 3600.0)
    ((fields, form),) = endpoint.asked
    assert fields["Authorization"] == f"Basic {base64.b64encode(b'a%3Ab+%C3%BC:c%2Bd%25').decode()}"
    assert form == {"grant_type": ["client_credentials"], "scope": [""]}


def test_all_that_may_be_in_the_form() -> None:
    more = {"audience": "x&y", "scope": "a b", "additional_endpoint_params": {"grant_type": "other", "p": "q=r"}}
    _, endpoint = fetch(json_answer(GOOD), **more)
    assert endpoint.asked[0][1] == {"grant_type": ["other"], "scope": ["a b"], "audience": ["x&y"], "p": ["q=r"]}


@pytest.mark.parametrize(
    "answer", [json_answer({"error": "invalid_client"}, 401), Answer(400, b"<html>"), json_answer({"token": "x"})]
)
def test_credentials_go_into_the_body_when_the_header_is_not_taken(answer: Answer) -> None:
    grant, endpoint = fetch(answer, json_answer(GOOD))
    assert grant.access_token == "abc"
    fields, form = endpoint.asked[1]
    assert "Authorization" not in fields
    assert (form["client_id"], form["client_secret"]) == (["me"], ["secret"])


def test_without_a_secret_there_is_none_in_the_body() -> None:
    _, endpoint = fetch(json_answer({}, 400), json_answer(GOOD), client_secret="")
    assert "client_secret" not in endpoint.asked[1][1]


@pytest.mark.parametrize("is_in_body", [False, True])
def test_the_way_that_worked_is_remembered(is_in_body: bool) -> None:
    first = [json_answer({}, 401)] if is_in_body else []
    endpoint = Endpoint([*first, json_answer(GOOD), json_answer({}, 500), json_answer(GOOD)])
    client = TokenEndpoint(ClientOidcConfig(client_id="me", token_endpoint_url=URL), endpoint)
    client.fetch()
    with pytest.raises(AuthError, match="answered 500"):
        client.fetch()
    client.fetch()
    ways = ["Authorization" not in fields for fields, _ in endpoint.asked]
    assert ways == [False] * len(first) + [is_in_body] * 3


def test_no_answer_is_not_asked_for_twice() -> None:
    endpoint = Endpoint([ConnectionResetError(104, "Connection reset by peer")])
    client = TokenEndpoint(ClientOidcConfig(token_endpoint_url=URL), endpoint)
    with pytest.raises(OSError) as caught:
        client.fetch()
    assert str(caught.value) == f'Post "{URL}": connection reset by peer'
    assert len(endpoint.asked) == 1


def test_the_secrets_of_a_url_are_not_told() -> None:
    def post(_url: str, _fields: Mapping[str, str], _body: bytes) -> Response:
        raise TimeoutError("no answer within 10 s")

    client = TokenEndpoint(ClientOidcConfig(token_endpoint_url="https://u:p4ss@issuer.test:1/t?key=s3cret"), post)
    with pytest.raises(OSError) as caught:
        client.fetch()
    assert str(caught.value) == 'Post "https://issuer.test:1/t": no answer within 10 s'


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain; charset=utf-8", "Text/Plain"])
def test_an_answer_may_be_a_form(kind: str) -> None:
    grant, _ = fetch(Answer(200, b"access_token=a%2Fb&expires_in=60", kind))
    assert grant == Grant("a/b", 60.0)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/octet-stream", ""])
def test_all_else_is_json(kind: str) -> None:
    grant, _ = fetch(Answer(201, json.dumps(GOOD).encode(), kind))
    assert grant.access_token == "abc"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (60, 60.0),
        (60.5, 60.5),
        ("60", 60.0),
        *((value, None) for value in (0, -1, "", "soon", None, True, [], {}, "nan", "inf", 10**400, float("nan"))),
    ],
)
def test_how_long_a_token_holds(value: object, seconds: float | None) -> None:
    grant, _ = fetch(json_answer(GOOD | {"expires_in": value}))
    assert grant.lifetime == seconds


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b""),
        Answer(200, b"[]"),
        Answer(200, b"[" * 100_000),
        Answer(200, b"\xff\xfe"),
        Answer(200, b"\xff=1", "text/plain"),
        json_answer({"access_token": ""}),
        json_answer({"access_token": 5}),
        json_answer({"access_token": None}),
    ],
)
def test_an_answer_without_a_token(answer: Answer) -> None:
    assert failure(answer) == "token endpoint answered without access_token"


def test_the_words_of_a_refusal_without_secrets_and_line_breaks() -> None:
    values = {"error": "invalid_client", "error_description": "no secret\n for\x1b you " + "x" * 1000}
    text = failure(json_answer(values, 401))
    assert text.startswith("token endpoint answered 401: invalid_client: no ***? for? you xxx")
    assert len(text) < 300
    assert failure(json_answer({"error": 5}, 403)) == "token endpoint answered 403"
    assert failure(json_answer(GOOD | {"error": "x"})) == "token endpoint answered 200: x"


def test_a_grant_does_not_show_its_token() -> None:
    assert "abc" not in repr(Grant("abc", 5.0))
