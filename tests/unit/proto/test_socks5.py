"""SOCKS5 in bytes, written out from RFC 1928 and RFC 1929."""

import pytest

from frpg.errors import AuthError, FrpgError, ProtocolError
from frpg.proto.socks5 import (
    Command,
    Reply,
    Request,
    ServerHandshake,
    UnknownAddressType,
    read_address,
    read_datagram,
    write_address,
    write_datagram,
    write_reply,
)

IPV4 = b"\1\xc0\0\2\1\0\x50"
NAME = b"\3\6a.test\1\xbb"
IPV6 = b"\4" + bytes.fromhex("20010db8000000000000000000000001") + b"\xff\xff"
ADDRESSES = {IPV4: ("192.0.2.1", 80), NAME: ("a.test", 443), IPV6: ("2001:db8::1", 65535)}


@pytest.mark.parametrize(("data", "address"), ADDRESSES.items())
def test_addresses_both_ways(data: bytes, address: tuple[str, int]) -> None:
    assert write_address(*address) == data
    assert read_address(b"xyz" + data + b"rest", 3) == (address, 3 + len(data))
    for size in range(len(data)):
        assert read_address(data[:size], 0) is None


def test_names_that_need_an_encoding() -> None:
    assert write_address("bücher.test", 1) == b"\3\x12xn--bcher-kva.test\0\1"
    assert read_address(b"\3\2\xff.\0\1", 0) == (("\ufffd.", 1), 6)


@pytest.mark.parametrize("name", ["a" * 256, "ü" * 64 + ".test"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ValueError, match="host name"):
        write_address(name, 1)


@pytest.mark.parametrize("kind", [0, 2, 5, 255])
def test_other_types_of_addresses(kind: int) -> None:
    with pytest.raises(UnknownAddressType):
        read_address(bytes([kind, 1, 2, 3]), 0)


# --- the handshake


def admits(user: str, password: str) -> bool:
    return (user, password) == ("abc", "s3cret")


LOGIN = b"\1\3abc\6s3cret"
CONNECT = b"\5\1\0" + NAME
WITHOUT = (None, b"\5\1\0" + CONNECT, b"\5\0")
WITH = (admits, b"\5\2\0\2" + LOGIN + CONNECT, b"\5\2\1\0")


@pytest.mark.parametrize(("check", "said", "answers"), [WITHOUT, WITH], ids=["open", "password"])
@pytest.mark.parametrize("step", [1, 2, 3, 5, 100])
def test_a_handshake_however_the_bytes_are_cut(check: object, said: bytes, answers: bytes, step: int) -> None:
    handshake = ServerHandshake(check)  # type: ignore[arg-type]
    out = b""
    for start in range(0, len(said), step):
        assert handshake.request is None
        handshake.receive_data(said[start : start + step])
        out += handshake.data_to_send()
    assert out == answers
    assert handshake.request == Request(Command.CONNECT, "a.test", 443)
    assert (handshake.rest, handshake.data_to_send()) == (b"", b"")


def test_what_follows_the_request_is_kept() -> None:
    handshake = ServerHandshake()
    handshake.receive_data(b"\5\1\0" + CONNECT + b"early")
    assert handshake.rest == b"early"


@pytest.mark.parametrize("methods", [b"\0", b"\1\0", b"\0\2", bytes(range(255))])
def test_the_method_may_be_offered_anywhere(methods: bytes) -> None:
    handshake = ServerHandshake()
    handshake.receive_data(bytes([5, len(methods)]) + methods)
    assert handshake.data_to_send() == b"\5\0"


@pytest.mark.parametrize(("check", "methods"), [(None, b""), (None, b"\2"), (admits, b"\0"), (admits, b"\1\3")])
def test_no_acceptable_method(check: object, methods: bytes) -> None:
    handshake = ServerHandshake(check)  # type: ignore[arg-type]
    with pytest.raises(AuthError):
        handshake.receive_data(bytes([5, len(methods)]) + methods)
    assert handshake.data_to_send() == b"\5\xff"


@pytest.mark.parametrize("login", [b"\1\3abc\5wrong", b"\1\0\6s3cret", b"\1\3abc\0", b"\1\0\0", b"\1\3\xffbc\6s3cret"])
def test_wrong_passwords(login: bytes) -> None:
    handshake = ServerHandshake(admits)
    with pytest.raises(AuthError) as caught:
        handshake.receive_data(b"\5\1\2" + login + CONNECT)
    assert handshake.data_to_send() == b"\5\2\1\1"
    assert handshake.request is None
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("first", [b"\4\1", b"\0", b"GET / HTTP/1.1\r\n", b"\x16\3\1"])
def test_other_protocols_get_no_answer(first: bytes) -> None:
    handshake = ServerHandshake()
    with pytest.raises(ProtocolError, match="SOCKS version"):
        handshake.receive_data(first)
    assert handshake.data_to_send() == b""


@pytest.mark.parametrize("said", [b"\5\1\2\2\3abc\6s3cret", b"\5\1\2" + LOGIN + b"\4\1\0" + IPV4])
def test_versions_count_in_every_message(said: bytes) -> None:
    with pytest.raises(ProtocolError, match="SOCKS version"):
        ServerHandshake(admits).receive_data(said)


def test_an_unknown_type_of_address_is_told() -> None:
    handshake = ServerHandshake()
    with pytest.raises(UnknownAddressType):
        handshake.receive_data(b"\5\1\0" + b"\5\1\0\2abcd")
    assert handshake.data_to_send() == b"\5\0" + b"\5\x08\0\1" + bytes(6)


@pytest.mark.parametrize("command", [0, 2, 3, 4, 255])
def test_commands_are_the_callers_matter(command: int) -> None:
    handshake = ServerHandshake()
    handshake.receive_data(b"\5\1\0" + bytes([5, command, 0]) + IPV4)
    assert handshake.request == Request(command, "192.0.2.1", 80)


@pytest.mark.parametrize("said", [WITHOUT[1], WITH[1]])
def test_garbage_is_a_protocol_error_and_nothing_else(said: bytes) -> None:
    check = admits if said is WITH[1] else None
    for place in range(len(said)):
        for value in (0, 1, 3, 4, 5, 127, 255):
            try:
                ServerHandshake(check).receive_data(said[:place] + bytes([value]) + said[place + 1 :])
            except FrpgError:
                continue


# --- answers and datagrams


def test_replies() -> None:
    assert write_reply(Reply.SUCCEEDED, ("192.0.2.1", 80)) == b"\5\0\0" + IPV4
    assert write_reply(Reply.SUCCEEDED, ("2001:db8::1", 65535)) == b"\5\0\0" + IPV6
    assert write_reply(Reply.CONNECTION_REFUSED) == b"\5\5\0\1" + bytes(6)


@pytest.mark.parametrize(("data", "address"), ADDRESSES.items())
@pytest.mark.parametrize("content", [b"", b"content", bytes(60_000)])
def test_datagrams_both_ways(data: bytes, address: tuple[str, int], content: bytes) -> None:
    assert write_datagram(address, content) == b"\0\0\0" + data + content
    assert read_datagram(b"\0\0\0" + data + content) == (address, content)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0", b"\0\0\1" + IPV4 + b"x", b"\0\0\x81" + IPV4, b"\1\0\0" + IPV4, b"\0\0\0" + IPV6[:-1], b"\0\0\0\2"],
)
def test_what_is_no_whole_datagram(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_datagram(data)


def test_an_unknown_type_of_address_in_a_datagram() -> None:
    with pytest.raises(ProtocolError):
        read_datagram(b"\0\0\0\2" + bytes(20))
