"""dnsmasq asked by dig through a udp proxy, and through a tcp proxy on the same port."""

import pytest

from tests.support.dns import ADDRESS, dig, dns_server
from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.ports import free_port
from tests.support.tools import need

pytestmark = pytest.mark.program
TEXT = [character * 200 for character in "abcde"]  # an answer of more than 1000 bytes


@pytest.fixture(params=[{}, {"transport.useEncryption": True, "transport.useCompression": True}], ids=["plain", "both"])
def dns(lab: Lab, request: pytest.FixtureRequest) -> int:
    """Remote port, in udp and in tcp, of a dnsmasq that knows `tunnel.test`."""
    need("dig")
    local = dns_server(lab, f"--txt-record=big.test,{','.join(TEXT)}", "--edns-packet-max=4096")
    remote = free_port()
    proxies = [udp_proxy("udp", local, remote, **request.param), tcp_proxy("tcp", local, remote, **request.param)]
    lab.frpc(lab.frps().port, proxies)
    return remote


def test_names_are_answered_over_udp(dns: int) -> None:
    for number in range(20):
        assert dig(dns, f"host{number}.tunnel.test") == f"{ADDRESS}\n"


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_long_answer_over_udp_and_tcp(dns: int, transport: str) -> None:
    expected = " ".join(f'"{text}"' for text in TEXT)
    assert dig(dns, "+ignore", transport, "big.test", "TXT") == f"{expected}\n"
