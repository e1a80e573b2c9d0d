"""frp's stream encryption: AES-128 in CFB mode, a random IV in front of each direction, no integrity check."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from frpg.proto.stage import Buffer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

IV_SIZE = 16  # bytes


class Cfb:
    """Stage. A direction's IV goes out with its first byte, so a silent direction sends nothing."""

    def __init__(self, secret: bytes, *, iv: bytes | None = None) -> None:
        """`iv` fixes the IV we send, for tests and datagrams; by default it is random."""
        self._key = derive_key(secret)
        self._iv = iv
        self._encryptor: CipherContext | None = None
        self._decryptor: CipherContext | None = None
        self._peer_iv = bytearray()  # while it is incomplete

    def encode(self, data: Buffer) -> bytes:
        """See Stage."""
        # update_into a kept buffer, and a copy out of it, measured no faster than update.
        if self._encryptor:
            return self._encryptor.update(data)
        if not data:
            return b""
        iv = self._iv or os.urandom(IV_SIZE)
        self._encryptor = _cipher(self._key, iv).encryptor()
        return iv + self._encryptor.update(data)

    def decode(self, data: Buffer) -> bytes:
        """See Stage. It never fails: wrong bytes or a wrong secret give other plaintext."""
        if self._decryptor:
            return self._decryptor.update(data)
        missing = IV_SIZE - len(self._peer_iv)
        self._peer_iv += data[:missing]
        if len(self._peer_iv) < IV_SIZE:
            return b""
        self._decryptor = _cipher(self._key, bytes(self._peer_iv)).decryptor()
        return self._decryptor.update(data[missing:])


@lru_cache(maxsize=256)
def derive_key(secret: bytes) -> bytes:
    """The AES key, 16 bytes, of a token or secret key."""
    return hashlib.pbkdf2_hmac("sha1", secret, b"frp", 64, 16)


@lru_cache(maxsize=1)
def _modules() -> tuple[Any, Any, Any]:
    # Imported on first use, they weigh 12 ms. CFB has moved: the old place warns, in old versions the new one lacks it.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    try:
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
    except ImportError:
        from cryptography.hazmat.primitives.ciphers.modes import CFB  # type: ignore[assignment, unused-ignore]
    return Cipher, algorithms.AES, CFB


def _cipher(key: bytes, iv: bytes) -> Cipher[Any]:
    cipher, aes, cfb = _modules()
    made: Cipher[Any] = cipher(aes(key), cfb(iv))
    return made
