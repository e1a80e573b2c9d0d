"""Who is trusted to tell for whom it asks."""

import pytest

from frpg.server.vhost.trust import TrustedProxies

LIST = TrustedProxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "198.51.100.9/24"])


@pytest.mark.parametrize("ip", ["10.1.2.3", "192.0.2.7", "2001:db8::1", "198.51.100.1", "2001:db8::1%eth0"])
def test_trusted(ip: str) -> None:
    assert LIST.judge(ip) is True


@pytest.mark.parametrize("ip", ["11.0.0.1", "192.0.2.8", "2001:db9::1", "", "localhost", "10.1.2", "10.0.0.1:80", "::"])
def test_not_trusted(ip: str) -> None:
    assert LIST.judge(ip) is False


def test_no_list_at_all() -> None:
    assert TrustedProxies().judge("10.0.0.1") is None


@pytest.mark.parametrize("text", ["", "x", "10.0.0.0/33", "10.0.0.0/8/8", "example.test", "10.0.0.0-10.0.0.9"])
def test_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        TrustedProxies([text])
