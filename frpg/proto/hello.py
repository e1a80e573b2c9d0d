"""The hello of wire protocol v2 on a control stream: what is offered, what is chosen, and the keys that follow.

The client sends ClientHello and Login at once; the server answers ServerHello and LoginResp. The keys bind the exact
bytes of both hello payloads: keep them as they were sent or received.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from frpg.errors import ProtocolError
from frpg.proto.aead import AES_GCM, ALGORITHMS, XCHACHA
from frpg.proto.codec import decode_json, encode_json
from frpg.proto.cpu import has_fast_aes

CODECS = ("msgpack", "json")  # in order of preference; official peers know json only
RANDOM_SIZE = 32  # bytes

_U64 = struct.Struct("!Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHello:
    """What a client can do. transport, tls and tcp_mux only inform, but are bound by the keys."""

    transport: str = ""
    tls: bool = False
    tcp_mux: bool = False
    codecs: Sequence[str] = CODECS
    algorithms: Sequence[str] = ALGORITHMS
    client_random: bytes = b""

    @classmethod
    def make(cls, transport: str, *, tls: bool, tcp_mux: bool, codecs: Sequence[str] = CODECS) -> ClientHello:
        """The hello of this machine's client, with fresh randomness."""
        algorithms = (AES_GCM, XCHACHA) if has_fast_aes() else (XCHACHA, AES_GCM)
        random = os.urandom(RANDOM_SIZE)
        return cls(
            transport=transport, tls=tls, tcp_mux=tcp_mux, codecs=codecs, algorithms=algorithms, client_random=random
        )

    def encode(self) -> bytes:
        """The payload of the frame."""
        message = _MessageOffer(codecs=list(self.codecs))
        crypto = _CryptoOffer(algorithms=list(self.algorithms), client_random=self.client_random)
        bootstrap = _Bootstrap(transport=self.transport, tls=self.tls, tcp_mux=self.tcp_mux)
        return encode_json(_ClientHello(bootstrap=bootstrap, capabilities=_Offer(message=message, crypto=crypto)))

    @classmethod
    def decode(cls, payload: bytes) -> ClientHello:
        """Raises ProtocolError for a payload that is none; what it offers is for `select` to judge."""
        wire = decode_json(_ClientHello, payload)
        return cls(
            transport=wire.bootstrap.transport,
            tls=wire.bootstrap.tls,
            tcp_mux=wire.bootstrap.tcp_mux,
            codecs=wire.capabilities.message.codecs,
            algorithms=wire.capabilities.crypto.algorithms,
            client_random=wire.capabilities.crypto.client_random,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHello:
    """What the server chose, or why it cannot."""

    codec: str = "json"
    algorithm: str = ""
    server_random: bytes = b""
    error: str = ""

    def encode(self) -> bytes:
        """The payload of the frame."""
        crypto = _CryptoChoice(algorithm=self.algorithm, server_random=self.server_random)
        choice = _Choice(message=_MessageChoice(codec=self.codec), crypto=crypto)
        return encode_json(_ServerHello(selected=choice, error=self.error))

    @classmethod
    def decode(cls, payload: bytes) -> ServerHello:
        """Raises ProtocolError for a payload that is none; what it says is for `check` to judge."""
        wire = decode_json(_ServerHello, payload)
        crypto = wire.selected.crypto
        return cls(
            codec=wire.selected.message.codec,
            algorithm=crypto.algorithm,
            server_random=crypto.server_random,
            error=wire.error,
        )


def select(hello: ClientHello, *, codecs: Sequence[str] = CODECS) -> ServerHello:
    """The server's answer, with fresh randomness: our first codec and the client's first algorithm that both know.

    Raises:
        ProtocolError: nothing fits; answer with `ServerHello(error=error.reason)`, then close.
    """
    codec = next((codec for codec in codecs if codec in hello.codecs), None)
    if codec is None:
        raise _fault("unsupported message codec")
    if len(hello.client_random) != RANDOM_SIZE:
        raise _fault(f"invalid crypto client random length {len(hello.client_random)}, want {RANDOM_SIZE}")
    algorithm = next((algorithm for algorithm in hello.algorithms if algorithm in ALGORITHMS), None)
    if algorithm is None:
        raise _fault("no supported crypto algorithm")
    return ServerHello(codec=codec, algorithm=algorithm, server_random=os.urandom(RANDOM_SIZE))


def check(client: ClientHello, server: ServerHello) -> None:
    """The client's look at the answer to its hello. Raises ProtocolError, the server's own error included."""
    if server.error:
        raise _fault(server.error)
    if server.codec not in client.codecs:
        raise _fault(f"unsupported selected message codec: {server.codec}")
    if server.algorithm not in ALGORITHMS:
        raise _fault(f"unknown selected crypto algorithm: {server.algorithm}")
    if server.algorithm not in client.algorithms:
        raise _fault(f"selected crypto algorithm was not advertised by client: {server.algorithm}")
    if len(server.server_random) != RANDOM_SIZE:
        raise _fault(f"invalid crypto server random length {len(server.server_random)}, want {RANDOM_SIZE}")


class SessionKeys(NamedTuple):
    """32 bytes each. The client writes with the first and reads with the second, the server the other way round."""

    client_to_server: bytes
    server_to_client: bytes


def session_keys(token: bytes, algorithm: str, client_payload: bytes, server_payload: bytes) -> SessionKeys:
    """The keys of the AEAD stream, from the token and the exact payloads of both hello frames."""
    transcript = transcript_hash(client_payload, server_payload)
    info = b"frp wire v2 control aead " + algorithm.encode() + b" "
    return SessionKeys(
        _hkdf_sha256(token, transcript, info + b"client-to-server"),
        _hkdf_sha256(token, transcript, info + b"server-to-client"),
    )


def transcript_hash(client_payload: bytes, server_payload: bytes) -> bytes:
    """SHA-256 over both hello payloads, each with its name and length."""
    digest = hashlib.sha256(b"frp wire v2 crypto transcript")
    for name, payload in ((b"client hello", client_payload), (b"server hello", server_payload)):
        digest.update(b"\0" + name + b"\0" + _U64.pack(len(payload)) + payload)
    return digest.digest()


def _hkdf_sha256(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869, for the 32 bytes that are one block of it."""
    pseudorandom_key = hmac.digest(salt, secret, "sha256")
    return hmac.digest(pseudorandom_key, info + b"\x01", "sha256")


def _fault(text: str) -> ProtocolError:
    return ProtocolError(text, reason=text)


# The JSON of both hellos, for the codec; plain classes, as each extra of a dataclass costs start-up time.
@dataclass(kw_only=True, eq=False, repr=False)
class _Bootstrap:
    transport: str = ""
    tls: bool = False
    tcp_mux: bool = field(default=False, metadata={"wire": "tcpMux"})


@dataclass(kw_only=True, eq=False, repr=False)
class _MessageOffer:
    codecs: list[str] = field(default_factory=list)


@dataclass(kw_only=True, eq=False, repr=False)
class _CryptoOffer:
    algorithms: list[str] = field(default_factory=list)
    client_random: bytes = field(default=b"", metadata={"wire": "clientRandom"})


@dataclass(kw_only=True, eq=False, repr=False)
class _Offer:
    message: _MessageOffer = field(default_factory=_MessageOffer, metadata={"always": True})
    crypto: _CryptoOffer = field(default_factory=_CryptoOffer, metadata={"always": True})


@dataclass(kw_only=True, eq=False, repr=False)
class _ClientHello:
    bootstrap: _Bootstrap = field(default_factory=_Bootstrap, metadata={"always": True})
    capabilities: _Offer = field(default_factory=_Offer, metadata={"always": True})


@dataclass(kw_only=True, eq=False, repr=False)
class _MessageChoice:
    codec: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class _CryptoChoice:
    algorithm: str = ""
    server_random: bytes = field(default=b"", metadata={"wire": "serverRandom"})


@dataclass(kw_only=True, eq=False, repr=False)
class _Choice:
    message: _MessageChoice = field(default_factory=_MessageChoice, metadata={"always": True})
    crypto: _CryptoChoice = field(default_factory=_CryptoChoice, metadata={"always": True})


@dataclass(kw_only=True, eq=False, repr=False)
class _ServerHello:
    selected: _Choice = field(default_factory=_Choice, metadata={"always": True})
    error: str = ""
