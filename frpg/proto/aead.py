"""The control stream of wire protocol v2 after LoginResp: records of authenticated encryption.

Each direction: a random stream nonce in clear, then records of length u32 big endian and ciphertext with tag. The nonce
of a record is the stream nonce plus its index, as one big endian number; the stream nonce and the length are
authenticated with it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from frpg.errors import ProtocolError
from frpg.proto.stage import Buffer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

AES_GCM = "aes-256-gcm"
XCHACHA = "xchacha20-poly1305"
ALGORITHMS = (AES_GCM, XCHACHA)

MAX_PLAINTEXT = 65536  # bytes in one record
_TAG = 16
_LENGTH = struct.Struct("!I")
_SIGMA = struct.unpack("<4I", b"expand 32-byte k")


class Aead:
    """Stage. A record is given out when all of it has arrived and its tag is right."""

    def __init__(self, algorithm: str, write_key: bytes, read_key: bytes, *, nonce: bytes | None = None) -> None:
        """`algorithm` is one of ALGORITHMS; `nonce` fixes the stream nonce we send, for tests: else it is random."""
        self._writer = _CIPHERS[algorithm](write_key)
        self._reader = _CIPHERS[algorithm](read_key)
        self._nonce = nonce
        self._write_nonces: _Nonces | None = None  # until the first write
        self._read_nonces: _Nonces | None = None  # until the peer's stream nonce is complete
        self._buffer = bytearray()  # received, less than one record after each decode

    def encode(self, data: Buffer) -> bytes:
        """See Stage. Raises ProtocolError when the nonces are used up."""
        if not data:
            return b""
        pieces = []
        if self._write_nonces is None:
            self._write_nonces = _Nonces(self._nonce or os.urandom(self._writer.nonce_size), self._writer.max_records)
            pieces.append(self._write_nonces.stream_nonce)
        nonces = self._write_nonces
        for start in range(0, len(data), MAX_PLAINTEXT):
            plaintext = data[start : start + MAX_PLAINTEXT]
            length = _LENGTH.pack(len(plaintext) + _TAG)
            pieces += [length, self._writer.seal(nonces.take(), plaintext, nonces.stream_nonce + length)]
        return b"".join(pieces)

    def decode(self, data: Buffer) -> bytes:
        """See Stage."""
        buffer = self._buffer
        buffer += data
        position = 0
        if self._read_nonces is None:
            position = self._reader.nonce_size
            if len(buffer) < position:
                return b""
            self._read_nonces = _Nonces(bytes(buffer[:position]), self._reader.max_records)
        pieces = []
        while (end := _record_end(buffer, position)) is not None:
            pieces.append(self._open(buffer, position, end, self._read_nonces))
            position = end
        del buffer[:position]
        return b"".join(pieces)

    def _open(self, buffer: bytearray, start: int, end: int, nonces: _Nonces) -> bytes:
        from cryptography.exceptions import InvalidTag

        body = start + _LENGTH.size
        aad = nonces.stream_nonce + buffer[start:body]
        try:
            return self._reader.open(nonces.take(), bytes(buffer[body:end]), aad)
        except InvalidTag:
            raise ProtocolError("AEAD record fails authentication") from None


def _record_end(buffer: bytearray, start: int) -> int | None:
    """Where the record at `start` ends, None while it is incomplete."""
    if len(buffer) - start < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(buffer, start)
    if not _TAG <= length <= MAX_PLAINTEXT + _TAG:
        raise ProtocolError(f"AEAD record of {length} bytes")
    end = start + _LENGTH.size + int(length)
    return end if end <= len(buffer) else None


class _Nonces:
    """The nonces of one direction, each given out once."""

    def __init__(self, stream_nonce: bytes, max_records: int) -> None:
        self.stream_nonce = stream_nonce
        self._next = int.from_bytes(stream_nonce, "big")
        # The nonce must not wrap to zero either.
        self._end = min(self._next + max_records, 1 << 8 * len(stream_nonce))

    def take(self) -> bytes:
        if self._next >= self._end:
            raise ProtocolError("AEAD nonces are used up")
        nonce = self._next.to_bytes(len(self.stream_nonce), "big")
        self._next += 1
        return nonce


class _Cipher(Protocol):
    nonce_size: int
    max_records: int  # under one key

    def seal(self, nonce: bytes, plaintext: Buffer, aad: bytes) -> bytes: ...

    def open(self, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """Raises InvalidTag."""


class _AesGcm:
    nonce_size = 12
    max_records = 1 << 32

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # on first use: 12 ms

        self._cipher = AESGCM(key)

    def seal(self, nonce: bytes, plaintext: Buffer, aad: bytes) -> bytes:
        return self._cipher.encrypt(nonce, plaintext, aad)

    def open(self, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        return self._cipher.decrypt(nonce, ciphertext, aad)


class _XChaCha:
    """HChaCha20 makes a key of the nonce's first 16 bytes, ChaCha20-Poly1305 (RFC 8439) takes the other 8.

    Source: draft-irtf-cfrg-xchacha-03. Nonces count from their end, so that key changes hardly ever.
    """

    nonce_size = 24
    max_records = 1 << 192  # its nonces end first

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._prefix = b""
        self._cipher: ChaCha20Poly1305 | None = None

    def seal(self, nonce: bytes, plaintext: Buffer, aad: bytes) -> bytes:
        return self._for(nonce).encrypt(bytes(4) + nonce[16:], plaintext, aad)

    def open(self, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        return self._for(nonce).decrypt(bytes(4) + nonce[16:], ciphertext, aad)

    def _for(self, nonce: bytes) -> ChaCha20Poly1305:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        if self._cipher is None or nonce[:16] != self._prefix:
            self._prefix = nonce[:16]
            self._cipher = ChaCha20Poly1305(hchacha20(self._key, self._prefix))
        return self._cipher


_CIPHERS: dict[str, Callable[[bytes], _Cipher]] = {AES_GCM: _AesGcm, XCHACHA: _XChaCha}


def hchacha20(key: bytes, head: bytes) -> bytes:
    """32 bytes from a key of 32 and a head of 16: ChaCha20's state after the rounds, without the final addition."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    # The library has only the whole block function; what it adds at the end is known, so take it off again.
    block = Cipher(algorithms.ChaCha20(key, head), None).encryptor().update(bytes(64))
    words = struct.unpack("<16I", block)
    added = _SIGMA + struct.unpack("<4I", head)
    mixed = [(word - add) & 0xFFFFFFFF for word, add in zip(words[:4] + words[12:], added, strict=True)]
    return struct.pack("<8I", *mixed)
