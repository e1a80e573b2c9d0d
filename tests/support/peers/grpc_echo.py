"""A gRPC service without generated code, messages are bytes: grpc_echo.py PORT."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc


def unary(request: bytes, context: grpc.ServicerContext) -> bytes:
    context.set_trailing_metadata((("x-trailer", "said last"),))
    return request


def count(requests: Iterator[bytes], _context: grpc.ServicerContext) -> bytes:
    return str(sum(len(request) for request in requests)).encode()


def repeat(request: bytes, _context: grpc.ServicerContext) -> Iterator[bytes]:
    """As many copies as the text says."""
    for number in range(int(request)):
        yield str(number).encode()


def talk(requests: Iterator[bytes], _context: grpc.ServicerContext) -> Iterator[bytes]:
    for request in requests:
        yield request.upper()


def fail(_request: bytes, context: grpc.ServicerContext) -> bytes:
    context.set_trailing_metadata((("x-reason-bin", b"\0\xff"),))
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ü")
    raise AssertionError("abort raises")


def wait(_request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
    """One message, then nothing until the caller has gone."""
    gone = threading.Event()

    def leave() -> None:
        # Here and not below: a caller that is quick ends the generator where it stands.
        print("caller has gone", flush=True)
        gone.set()

    context.add_callback(leave)
    yield b"waiting"
    gone.wait(60)


HANDLERS = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Count": grpc.stream_unary_rpc_method_handler(count),
    "Repeat": grpc.unary_stream_rpc_method_handler(repeat),
    "Talk": grpc.stream_stream_rpc_method_handler(talk),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "Wait": grpc.unary_stream_rpc_method_handler(wait),
}


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", HANDLERS),))
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    print("serving", flush=True)
    server.wait_for_termination()
