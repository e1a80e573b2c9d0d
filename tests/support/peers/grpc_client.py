"""Calls the service of grpc_echo.py: grpc_client.py PORT AUTHORITY CHECK [CA FILE]; ends with 0 when the check held.

With a CA file over TLS.
"""

import queue
import random
import sys
from pathlib import Path

import grpc

TIMEOUT = 20.0  # seconds


def check_unary(channel: grpc.Channel) -> None:
    call = channel.unary_unary("/test.Echo/Unary")
    for message in (b"", b"\0\xff", random.Random(1).randbytes(3_000_000)):
        answer, done = call.with_call(message, timeout=TIMEOUT)
        assert answer == message
        assert ("x-trailer", "said last") in [tuple(pair) for pair in done.trailing_metadata()]


def check_at_once(channel: grpc.Channel) -> None:
    call = channel.unary_unary("/test.Echo/Unary")
    messages = [b"%d" % number * (number + 1) for number in range(200)]
    futures = [call.future(message, timeout=TIMEOUT) for message in messages]
    assert [future.result() for future in futures] == messages


def check_streams(channel: grpc.Channel) -> None:
    pieces = [b"x" * 10_000] * 200
    assert channel.stream_unary("/test.Echo/Count")(iter(pieces), timeout=TIMEOUT) == b"2000000"
    repeated = channel.unary_stream("/test.Echo/Repeat")(b"1000", timeout=TIMEOUT)
    assert list(repeated) == [b"%d" % number for number in range(1000)]


def check_talk(channel: grpc.Channel) -> None:
    """Each question is asked when the answer before it is here, so nothing on the way may wait for more."""
    questions: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    answers = channel.stream_stream("/test.Echo/Talk")(iter(questions.get, None), timeout=TIMEOUT)
    for number in range(20):
        questions.put(b"question %d" % number)
        assert next(answers) == b"QUESTION %d" % number
    questions.put(None)
    assert list(answers) == []


def check_error(channel: grpc.Channel) -> None:
    try:
        channel.unary_unary("/test.Echo/Fail")(b"", timeout=TIMEOUT)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
        assert error.details() == "no such thing: ü"
        assert ("x-reason-bin", b"\0\xff") in [tuple(pair) for pair in error.trailing_metadata()]
    else:
        raise AssertionError("the call did not fail")


def check_unknown_method(channel: grpc.Channel) -> None:
    try:
        channel.unary_unary("/test.Echo/Nothing")(b"", timeout=TIMEOUT)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    else:
        raise AssertionError("the call did not fail")


def check_cancel(channel: grpc.Channel) -> None:
    call = channel.unary_stream("/test.Echo/Wait")(b"", timeout=TIMEOUT)
    assert next(call) == b"waiting"
    call.cancel()


def check_deadline(channel: grpc.Channel) -> None:
    call = channel.unary_stream("/test.Echo/Wait")(b"", timeout=1)
    try:
        list(call)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    else:
        raise AssertionError("the call did not fail")


def connect(place: str, authority: str, options: list[tuple[str, object]], ca_file: str = "") -> grpc.Channel:
    if not ca_file:
        return grpc.insecure_channel(place, options=options)
    credentials = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
    return grpc.secure_channel(place, credentials, [*options, ("grpc.ssl_target_name_override", authority)])


if __name__ == "__main__":
    port, authority, check, *ca_files = sys.argv[1:]
    options = [
        ("grpc.default_authority", authority),
        ("grpc.max_receive_message_length", -1),
        ("grpc.enable_http_proxy", 0),
    ]
    with connect(f"127.0.0.1:{port}", authority, options, *ca_files) as opened:
        globals()[f"check_{check}"](opened)
    print("held")
