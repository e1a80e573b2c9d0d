import pytest

from frpg.client.plugins import socks5_flows
from frpg.client.plugins.socks5_flows import Flows
from frpg.proto.proxy_protocol import header

PORT, OTHER = ("127.0.0.1", 40000), ("127.0.0.1", 40001)
ANN, BOB = ("192.0.2.7", 5), ("2001:db8::8", 5)
SERVER = ("192.0.2.1", 7001)


def hello(user: tuple[str, int], version: str = "v2") -> bytes:
    return header(version, user, SERVER, udp=True)


@pytest.mark.parametrize("user", [ANN, BOB])
def test_a_user_is_known_from_its_first_datagram_on(user: tuple[str, int]) -> None:
    flows = Flows()
    assert flows.read(hello(user) + b"\0one", PORT) == (user, b"\0one")
    assert flows.read(b"\0two", PORT) == (user, b"\0two")
    assert flows.read(hello(user) + b"\0three", PORT) == (user, b"\0three")
    assert flows.read(b"\0one", OTHER) == (OTHER, b"\0one"), "nobody has told who that is"


@pytest.mark.parametrize(
    "data", [b"", b"x", b"PROXY UNKNOWN\r\n\0a", hello(ANN)[:-1], header("v2", ANN, SERVER) + b"\0"]
)
def test_what_tells_nobody_is_not_heard(data: bytes) -> None:
    flows = Flows()
    assert flows.read(data, PORT) is None
    assert len(flows) == 0


@pytest.mark.parametrize("forged", [hello(BOB) + b"\0x", hello(("192.0.2.7", 6)) + b"\0x", b"nonsense"])
def test_a_port_that_names_two_users_is_not_heard_until_it_is_given_up(
    forged: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows = Flows()
    flows.read(hello(ANN) + b"\0one", PORT)
    assert flows.read(forged, PORT) is None
    assert flows.read(b"\0two", PORT) is None
    assert flows.read(hello(ANN) + b"\0two", PORT) is None
    monkeypatch.setattr(socks5_flows, "FLOW_SECONDS", 0.0)
    assert flows.read(hello(BOB) + b"\0new", PORT) == (BOB, b"\0new")


def test_a_port_that_was_given_up_is_the_next_users(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    flows = Flows()
    flows.read(hello(ANN) + b"\0one", PORT)
    now += 50
    flows.touch(PORT)  # an answer
    now += 50
    assert flows.read(b"\0two", PORT) == (ANN, b"\0two")
    now += 61
    assert flows.read(hello(BOB) + b"\0new", PORT) == (BOB, b"\0new")


def test_too_many_ports_are_not_heard_and_nobody_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socks5_flows, "MAX_FLOWS", 1)
    flows = Flows()
    flows.read(hello(ANN) + b"\0one", PORT)
    assert flows.read(hello(BOB) + b"\0one", OTHER) is None
    assert flows.read(b"\0two", PORT) == (ANN, b"\0two")
    assert len(flows) == 1
