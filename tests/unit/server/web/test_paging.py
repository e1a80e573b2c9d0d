"""The query of a list: pages, filters, and the faults in it in frp's words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from frpg.server.web.paging import TYPES, is_real, page_of, search, status_filter, type_filter
from frpg.web.answers import ApiError

_site = Flask(__name__)


def asked(query: str, call: Callable[[], Any]) -> Any:
    with _site.test_request_context(f"/?{query}"):
        return call()


def page(query: str, count: int = 7) -> Any:
    return json.loads(asked(query, lambda: page_of(range(count), str)).data)["data"]


def fault(query: str, call: Callable[[], Any]) -> str:
    with pytest.raises(ApiError) as caught:
        asked(query, call)
    assert caught.value.status == 400
    return str(caught.value)


@pytest.mark.parametrize(
    ("query", "number", "size", "items"),
    [
        ("", 1, 50, ["0", "1", "2", "3", "4", "5", "6"]),
        ("page=&pageSize=", 1, 50, ["0", "1", "2", "3", "4", "5", "6"]),
        ("pageSize=3", 1, 3, ["0", "1", "2"]),
        ("page=3&pageSize=3", 3, 3, ["6"]),
        ("page=4&pageSize=3", 4, 3, []),
        ("page=%2B01&pageSize=0200", 1, 200, ["0", "1", "2", "3", "4", "5", "6"]),
        ("page=9223372036854775807&pageSize=1", 2**63 - 1, 1, []),
    ],
)
def test_pages(query: str, number: int, size: int, items: list[str]) -> None:
    assert page(query) == {"total": 7, "page": number, "pageSize": size, "items": items}


def test_only_what_is_on_the_page_is_made() -> None:
    made: list[int] = []
    asked("page=2&pageSize=2", lambda: page_of(range(100), made.append))
    assert made == [2, 3]


@pytest.mark.parametrize("name", ["page", "pageSize"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "x", "1.0", "%201", "1%20", "++1", "+", "1e3", "9223372036854775808", "²", "9" * 5000]
)
def test_what_is_no_number(name: str, value: str) -> None:
    assert fault(f"{name}={value}", lambda: page_of([], str)) == f"{name} must be a positive integer"


def test_sizes_and_pages_that_are_too_large() -> None:
    assert fault("pageSize=201", lambda: page_of([], str)) == "pageSize must be between 1 and 200"
    for query in ("page=184467440737095517", "page=46116860184273880&pageSize=200"):
        assert fault(query, lambda: page_of([], str)) == "page is too large"


@pytest.mark.parametrize(
    ("value", "wanted"), [("", None), ("all", None), ("ALL", None), ("online", True), ("Offline", False)]
)
def test_status(value: str, wanted: bool | None) -> None:
    assert asked(f"status={value}", status_filter) is wanted


def test_other_statuses_and_types() -> None:
    assert fault("status=x", status_filter) == "status must be one of all, online, offline"
    text = "type must be one of tcp, udp, http, https, tcpmux, stcp, xtcp, sudp"
    assert fault("type=sctp", type_filter) == text
    assert text.endswith(", ".join(TYPES))


def test_type_and_search_know_no_case() -> None:
    assert asked("", type_filter) == asked("", search) == ""
    assert asked("type=TCP", type_filter) == "tcp"
    assert asked("q=WWW.É", search) == "www.é"


@pytest.mark.parametrize(("name", "real"), [("ssh", True), ("é", True), ("\udcff", False), ("a\udc80", False)])
def test_names_that_are_text(name: str, real: bool) -> None:
    assert is_real(name) is real
