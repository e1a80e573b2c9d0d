"""Message dataclasses as maps."""

import pytest

from frpg.errors import ProtocolError
from frpg.proto.fields import from_map, to_map
from frpg.proto.messages import (
    DetectBehavior,
    Login,
    NatHoleResp,
    NewProxy,
    Ping,
    PortRange,
    StartWorkConn,
    UdpAddress,
    UdpPacket,
)


def test_empty_fields_stay_out_except_those_that_are_always_there() -> None:
    assert to_map(NewProxy()) == {}
    assert to_map(Login()) == {"client_spec": {}}
    assert to_map(NatHoleResp()) == {"detect_behavior": {}}
    assert to_map(UdpPacket(remote_addr=UdpAddress())) == {"r": {"IP": "", "Port": 0, "Zone": ""}}


def test_maps_are_sorted_and_fields_are_in_wire_order() -> None:
    message = NewProxy(multiplexer="m", metas={"b": "1", "a": "2"}, proxy_name="n")
    assert [*to_map(message)] == ["proxy_name", "metas", "multiplexer"]
    assert [*to_map(message)["metas"]] == ["a", "b"]


@pytest.mark.parametrize("binary", [False, True])
def test_every_kind_of_field_comes_back(binary: bool) -> None:
    message = NatHoleResp(
        candidate_addrs=["1.2.3.4:5"],
        detect_behavior=DetectBehavior(role="sender", ttl=7, candidate_ports=[PortRange(first=1, last=2)]),
    )
    values = to_map(message, binary=binary)
    assert values["detect_behavior"] == {"role": "sender", "ttl": 7, "candidate_ports": [{"from": 1, "to": 2}]}
    assert from_map(NatHoleResp, values, binary=binary) == message


def test_bytes_are_base64_or_raw() -> None:
    packet = UdpPacket(content=b"ping")
    assert to_map(packet) == {"c": "cGluZw=="}
    assert to_map(packet, binary=True) == {"c": b"ping"}
    assert from_map(UdpPacket, {"c": "cGluZw=="}) == from_map(UdpPacket, {"c": b"ping"}, binary=True) == packet


def test_names_match_in_any_case_and_exactly_first() -> None:
    assert from_map(Ping, {"TimeStamp": 5}) == Ping(timestamp=5)
    assert from_map(Ping, {"TIMESTAMP": 4, "timestamp": 5}) == Ping(timestamp=5)
    assert from_map(Ping, {"timestamp": 5, "TIMESTAMP": "ignored"}) == Ping(timestamp=5)
    with pytest.raises(ProtocolError, match="twice"):
        from_map(Ping, {"TIMESTAMP": 4, "Timestamp": 5})


def test_unknown_names_are_ignored_and_null_is_zero() -> None:
    assert from_map(Ping, {"new": {"deep": [1]}, "timestamp": None}) == Ping()
    assert from_map(NewProxy, {"locations": ["/", None], "metas": {"a": None}}) == NewProxy(
        locations=["/", ""], metas={"a": ""}
    )
    assert from_map(NatHoleResp, {"detect_behavior": None}) == NatHoleResp()
    ranges = from_map(DetectBehavior, {"candidate_ports": [None]}).candidate_ports
    assert ranges == [PortRange()]


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (Ping, {"timestamp": "1"}),
        (Ping, {"timestamp": 1.0}),
        (Ping, {"timestamp": True}),
        (Ping, {"timestamp": 1 << 63}),
        (Ping, {"timestamp": -(1 << 63) - 1}),
        (Ping, {"privilege_key": 1}),
        (Ping, {"privilege_key": []}),
        (NewProxy, {"use_encryption": 1}),
        (NewProxy, {"locations": "/"}),
        (NewProxy, {"locations": [1]}),
        (NewProxy, {"metas": []}),
        (NewProxy, {"metas": {"a": 1}}),
        (StartWorkConn, {"src_port": 65536}),
        (StartWorkConn, {"dst_port": -1}),
        (StartWorkConn, {"dst_port": False}),
        (Login, {"client_spec": "x"}),
        (UdpPacket, {"c": b"raw"}),
        (UdpPacket, {"c": "QQ"}),
        (UdpPacket, {"r": {"IP": "fe80::1%eth0"}}),
        (UdpPacket, {"r": {"IP": "host"}}),
        (UdpPacket, {"r": {"IP": 1}}),
        (UdpPacket, {"r": {"Port": 65536}}),
        (UdpPacket, {"r": []}),
    ],
)
def test_wrong_types_and_ranges_are_refused(cls: type, values: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        from_map(cls, values)


def test_the_ends_of_the_ranges_are_taken() -> None:
    assert from_map(Ping, {"timestamp": (1 << 63) - 1}).timestamp == (1 << 63) - 1
    assert from_map(Ping, {"timestamp": -(1 << 63)}).timestamp == -(1 << 63)
    assert from_map(StartWorkConn, {"src_port": 65535}).src_port == 65535


def test_a_mapped_address_is_written_and_read_as_ipv4() -> None:
    mapped = UdpPacket(remote_addr=UdpAddress(ip="::ffff:192.0.2.1", port=1))
    assert to_map(mapped)["r"]["IP"] == "192.0.2.1"
    assert from_map(UdpPacket, {"r": {"IP": "::ffff:192.0.2.1", "Port": 1}}).remote_addr == UdpAddress(
        ip="192.0.2.1", port=1
    )


def test_half_characters_become_the_replacement_character() -> None:
    assert from_map(Ping, {"privilege_key": "a\ud800b"}).privilege_key == "a\ufffdb"
    assert from_map(Login, {"metas": {"\udc00": "\ud800"}}).metas == {"\ufffd": "\ufffd"}
