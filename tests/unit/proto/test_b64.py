"""Strict base64, by whichever library."""

import binascii

import pytest

from frpg.proto import b64

ENCODERS = [b64.encode, b64._standard_encode]
DECODERS = [b64.decode, b64._standard_decode]


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("size", [0, 1, 2, 3, 57, 1400, 5000])
def test_round_trip(encode: object, decode: object, size: int) -> None:
    data = bytes(index * 7 & 0xFF for index in range(size))
    text = encode(data)  # type: ignore[operator]
    assert text == binascii.b2a_base64(data, newline=False)
    assert decode(text) == decode(text.decode()) == data  # type: ignore[operator]


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    "text",
    ["QQ", "QQ=", "QQ===", "Q\nQ==", "QQ==QQ==", "=", "====", "Q", "QQ-_", "QQ ==", "QQ==\n", "é===", "\ufeffQQ=="],
)
def test_only_whole_padded_base64_decodes(decode: object, text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)  # type: ignore[operator]
    with pytest.raises(ValueError):
        decode(text.encode())  # type: ignore[operator]
