from __future__ import annotations

import socket

import pytest

from frpg.net.address import join, numeric, plain, resolve


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("127.0.0.1", socket.AF_INET),
        ("::1", socket.AF_INET6),
        ("localhost", None),
        ("1.2.3", None),
        ("fe80::1%lo", None),
        ("a\0b", None),
    ],
)
def test_only_literals_are_numeric(host: str, family: int | None) -> None:
    endpoint = numeric(host, 80)
    assert (endpoint[0] if endpoint else None) == family


def test_literals_never_reach_the_resolver() -> None:
    def resolver(host: str, port: int) -> list:
        return [(socket.AF_INET, (f"resolved-{host}", port))]

    assert resolve("192.0.2.1", 5, resolver) == [(socket.AF_INET, ("192.0.2.1", 5))]
    assert resolve("name", 5, resolver) == [(socket.AF_INET, ("resolved-name", 5))]


def test_addresses_as_people_write_them() -> None:
    assert plain(("::ffff:192.0.2.1", 7, 0, 0)) == ("192.0.2.1", 7)
    assert plain(("2001:db8::1", 7, 0, 0)) == ("2001:db8::1", 7)
    assert join(("2001:db8::1", 7)) == "[2001:db8::1]:7"
    assert join(("192.0.2.1", 7)) == "192.0.2.1:7"


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test", "a\0b"])
def test_what_can_be_no_name_is_not_found(host: str) -> None:
    with pytest.raises(socket.gaierror):
        resolve(host, 80)
