"""IP addresses as text."""

import pytest

from frpg.proto.addresses import ip_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::", "::"),
    ],
)
def test_one_form_for_each_address(given: str, expected: str) -> None:
    assert ip_text(given) == expected


@pytest.mark.parametrize(
    "given", ["fe80::1%eth0", "fe80::1%", "localhost", "192.0.2", "192.0.2.01", "1.2.3.4 ", "[::1]"]
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(ValueError):
        ip_text(given)
