"""The hello of wire protocol v2."""

from dataclasses import replace
from typing import Any

import pytest

from frpg.errors import ProtocolError
from frpg.proto import hello
from frpg.proto.hello import ClientHello, ServerHello, check, select, session_keys, transcript_hash
from tests.vectors import load

VECTORS = load("hello")
CLIENT = ClientHello(transport="tcp", tls=True, tcp_mux=True, codecs=["json"], client_random=bytes(range(32)))
CLIENT_PAYLOAD = VECTORS["client hello"].encode()
by_algorithm = pytest.mark.parametrize("choice", VECTORS["choices"], ids=lambda choice: choice["algorithm"])


def test_golden_client_hello() -> None:
    assert CLIENT.encode() == CLIENT_PAYLOAD
    decoded = ClientHello.decode(CLIENT_PAYLOAD)
    assert decoded == replace(CLIENT, algorithms=["aes-256-gcm", "xchacha20-poly1305"])


@by_algorithm
def test_golden_server_hello(choice: dict[str, Any]) -> None:
    expected = ServerHello(algorithm=choice["algorithm"], server_random=bytes(range(32, 64)))
    assert expected.encode().decode() == choice["server hello"]
    assert ServerHello.decode(choice["server hello"].encode()) == expected
    check(CLIENT, expected)


def test_golden_refusal() -> None:
    refusal = ServerHello(error="unsupported message codec")
    assert refusal.encode().decode() == VECTORS["refusal"]
    assert ServerHello.decode(VECTORS["refusal"].encode()) == refusal


@by_algorithm
def test_golden_transcript_and_keys(choice: dict[str, Any]) -> None:
    server_payload = choice["server hello"].encode()
    assert transcript_hash(CLIENT_PAYLOAD, server_payload).hex() == choice["transcript hash"]
    keys = session_keys(VECTORS["token"].encode(), choice["algorithm"], CLIENT_PAYLOAD, server_payload)
    assert keys.client_to_server.hex() == choice["client to server"]
    assert keys.server_to_client.hex() == choice["server to client"]
    keys = session_keys(b"", choice["algorithm"], CLIENT_PAYLOAD, server_payload)
    assert keys.client_to_server.hex() == choice["client to server, empty token"]


def test_false_members_stay_out_and_objects_stay_in() -> None:
    assert (
        ClientHello(codecs=[], algorithms=[]).encode() == b'{"bootstrap":{},"capabilities":{"message":{},"crypto":{}}}'
    )
    assert ClientHello.decode(b"{}") == ClientHello(codecs=[], algorithms=[])


@pytest.mark.parametrize(("is_fast", "first"), [(True, "aes-256-gcm"), (False, "xchacha20-poly1305")])
def test_our_client_offers_both_ciphers_the_faster_first(
    monkeypatch: pytest.MonkeyPatch, is_fast: bool, first: str
) -> None:
    monkeypatch.setattr(hello, "has_fast_aes", lambda: is_fast)
    made = ClientHello.make("websocket", tls=False, tcp_mux=True)
    assert made.algorithms[0] == first
    assert sorted(made.algorithms) == ["aes-256-gcm", "xchacha20-poly1305"]
    assert made.codecs == ("msgpack", "json")
    assert len(made.client_random) == 32
    assert made.client_random != ClientHello.make("tcp", tls=False, tcp_mux=True).client_random
    check(made, select(made))


@pytest.mark.parametrize(
    ("codecs", "expected"),
    [
        (["json"], "json"),
        (["msgpack", "json"], "msgpack"),
        (["json", "msgpack"], "msgpack"),
        (["cbor", "json"], "json"),
    ],
)
def test_msgpack_is_chosen_where_it_is_offered(codecs: list[str], expected: str) -> None:
    assert select(replace(CLIENT, codecs=codecs)).codec == expected
    assert select(replace(CLIENT, codecs=[*codecs, "json"]), codecs=["json"]).codec == "json"


@pytest.mark.parametrize(
    ("algorithms", "expected"),
    [
        (["aes-256-gcm", "xchacha20-poly1305"], "aes-256-gcm"),
        (["xchacha20-poly1305", "aes-256-gcm"], "xchacha20-poly1305"),
        (["new", "xchacha20-poly1305"], "xchacha20-poly1305"),
    ],
)
def test_the_first_known_algorithm_of_the_client_is_chosen(algorithms: list[str], expected: str) -> None:
    answer = select(replace(CLIENT, algorithms=algorithms))
    assert answer.algorithm == expected
    assert len(answer.server_random) == 32


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"codecs": []}, "unsupported message codec"),
        ({"codecs": ["cbor"]}, "unsupported message codec"),
        ({"client_random": b""}, "invalid crypto client random length 0, want 32"),
        ({"client_random": bytes(33)}, "invalid crypto client random length 33, want 32"),
        ({"algorithms": []}, "no supported crypto algorithm"),
        ({"algorithms": ["AES-256-GCM"]}, "no supported crypto algorithm"),
        ({"codecs": [], "client_random": b"", "algorithms": []}, "unsupported message codec"),
    ],
)
def test_what_the_server_refuses(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        select(replace(CLIENT, **change))
    assert caught.value.reason == text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"codec": "cbor"}, "unsupported selected message codec: cbor"),
        ({"codec": "msgpack"}, "unsupported selected message codec: msgpack"),
        ({"algorithm": "rot13"}, "unknown selected crypto algorithm: rot13"),
        (
            {"algorithm": "xchacha20-poly1305"},
            "selected crypto algorithm was not advertised by client: xchacha20-poly1305",
        ),
        ({"server_random": bytes(31)}, "invalid crypto server random length 31, want 32"),
        ({"error": "no supported crypto algorithm", "codec": "x"}, "no supported crypto algorithm"),
    ],
)
def test_what_the_client_refuses(change: dict[str, Any], text: str) -> None:
    client = replace(CLIENT, algorithms=["aes-256-gcm"])
    answer = ServerHello(algorithm="aes-256-gcm", server_random=bytes(32))
    check(client, answer)
    with pytest.raises(ProtocolError) as caught:
        check(client, replace(answer, **change))
    assert caught.value.reason == text


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"capabilities":[]}',
        b'{"capabilities":{"message":{"codecs":"json"}}}',
        b'{"capabilities":{"crypto":{"clientRandom":"AAE"}}}',
        b'{"bootstrap":{"tls":1}}',
    ],
)
def test_what_is_no_client_hello(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        ClientHello.decode(payload)
