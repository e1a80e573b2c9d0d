"""JSON as frp writes it, and what requests bring."""

import json
from typing import Any

import pytest
from flask import Flask, Response

from frpg.web.answers import ApiError, bare, body, dump, empty, enveloped, failed, flag, json_body, plain

app = Flask("test")


def test_json_has_no_blanks_and_ends_with_a_newline() -> None:
    assert dump({"a": [1, 2.5, None, True], "b": "x"}) == '{"a":[1,2.5,null,true],"b":"x"}\n'


def test_what_a_page_could_take_for_markup_is_escaped() -> None:
    text = "</script><b title='&'>\u2028\u2029"
    written = dump({text: text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {text: text}
    assert dump("<&>") == '"\\u003c\\u0026\\u003e"\n'


@pytest.mark.parametrize("text", ["ü €", "\U0001f600", '"\\/\b\f\n\r\t\0\x1f\x7f'])
def test_other_characters_come_through(text: str) -> None:
    assert json.loads(bare({"t": text}).get_data()) == {"t": text}


def test_half_a_character_breaks_no_page() -> None:
    """A peer can say "\\ud800" in its JSON; an answer has to be UTF-8 all the same."""
    data = bare({"name": "a\ud800b", "other": 1}).get_data().decode("utf-8")
    assert json.loads(data)["other"] == 1


def test_bare_and_enveloped() -> None:
    answer = bare([1], 201)
    assert (answer.status_code, answer.mimetype, answer.get_data()) == (201, "application/json", b"[1]\n")
    assert enveloped({"x": 1}).get_data() == b'{"code":200,"msg":"success","data":{"x":1}}\n'
    assert enveloped(None).get_data() == b'{"code":200,"msg":"success","data":null}\n'


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/x", b'{"Code":400,"Msg":"no","Faults":[]}\n'),
        ("/api/v2", b'{"Code":400,"Msg":"no","Faults":[]}\n'),
        ("/api/v2/x", b'{"code":400,"msg":"no","data":null}\n'),
    ],
)
def test_errors(path: str, shape: bytes) -> None:
    with app.test_request_context(path):
        answer = failed(ApiError(400, "no", {"Faults": []}))
    assert (answer.status_code, answer.get_data()) == (400, shape)


def test_empty_and_plain() -> None:
    answer = empty(405)
    assert (answer.status_code, answer.get_data(), "Content-Type" in answer.headers) == (405, b"", False)
    answer = plain("ü\n", 418)
    assert (answer.status_code, answer.get_data()) == (418, "ü\n".encode())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_a_flag_that_is_set(text: str) -> None:
    with app.test_request_context(f"/?strict={text}"):
        assert flag("strict")


@pytest.mark.parametrize("query", ["", "strict", "strict=", "strict=0", "strict=yes", "strict=tRuE", "other=1"])
def test_a_flag_that_is_not(query: str) -> None:
    with app.test_request_context(f"/?{query}"):
        assert not flag("strict")


@pytest.mark.parametrize(("data", "found"), [(b"", {}), (b"{}", {}), (b'{"a": [1]}', {"a": [1]})])
def test_an_object_in_a_body(data: bytes, found: dict[str, Any]) -> None:
    with app.test_request_context("/", method="POST", data=data):
        assert json_body() == found
    with app.test_request_context("/", method="POST", data=data):
        assert body() == data


@pytest.mark.parametrize("data", [b"{", b"[]", b"1", b"null", b'"x"', b"\xff\xfe", b"{} {}", b"[" * 100_000])
def test_no_object_in_a_body(data: bytes) -> None:
    with app.test_request_context("/", method="POST", data=data), pytest.raises(ApiError) as raised:
        json_body()
    assert raised.value.status == 400
    assert str(raised.value).startswith("parse JSON error")


def test_answers_are_flasks() -> None:
    assert isinstance(bare({}), Response)
