"""gRPC over cleartext HTTP/2 through an http proxy: calls, streams, errors in trailers, cancellation."""

import pytest

from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.tools import run

pytestmark = [pytest.mark.program, pytest.mark.usefixtures("frpg_only")]  # frp speaks HTTP/1.1 to services
HOST = "rpc.example.test"
STAGES = [{}, {"transport.useEncryption": True, "transport.useCompression": True}]


@pytest.fixture(params=STAGES, ids=["plain", "both"])
def rpc(lab: Lab, request: pytest.FixtureRequest) -> tuple[int, Program]:
    """(port of the way in, the service's program)."""
    need_module("grpc")
    service = lab.command(*command("grpc_echo", local := free_port()))
    service.wait_for("serving")
    port = free_port()
    lab.frpc(lab.frps({"vhostHTTPPort": port}).port, [Front("http", port).proxy("rpc", local, HOST, **request.param)])
    return port, service


@pytest.mark.parametrize("check", ["unary", "at_once", "streams", "talk", "error", "unknown_method"])
def test_calls(rpc: tuple[int, Program], check: str) -> None:
    assert run(*command("grpc_client", rpc[0], HOST, check)) == "held\n"


@pytest.mark.parametrize("check", ["cancel", "deadline"])
def test_service_learns_that_its_caller_has_gone(rpc: tuple[int, Program], check: str) -> None:
    port, service = rpc
    assert run(*command("grpc_client", port, HOST, check)) == "held\n"
    service.wait_for("caller has gone")
