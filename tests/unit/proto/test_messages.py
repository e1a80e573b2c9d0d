"""The tables of message types."""

import typing

from frpg.proto import messages
from frpg.proto.messages import BY_MESSAGE_ID, BY_TYPE_BYTE, MESSAGE_IDS, TYPE_BYTES, Message


def test_every_message_has_a_type_byte_and_an_id() -> None:
    assert set(TYPE_BYTES) == set(MESSAGE_IDS) == set(typing.get_args(Message))
    assert len(BY_TYPE_BYTE) == len(BY_MESSAGE_ID) == 18


def test_type_bytes_and_ids_are_those_of_the_protocol() -> None:
    table = "".join(chr(TYPE_BYTES[BY_MESSAGE_ID[number]]) for number in range(1, 19))
    assert table == "o1p2cwrsv3h4uinm56"
    assert (MESSAGE_IDS[messages.Login], MESSAGE_IDS[messages.Ping], MESSAGE_IDS[messages.NatHoleReport]) == (1, 11, 18)
