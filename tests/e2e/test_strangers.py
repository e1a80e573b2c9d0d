"""Strangers on bind_port: garbage, lies and silence end their own connection and nothing else."""

import contextlib
import random
import socket
import struct
from collections.abc import Iterator

import gevent
import pytest

from tests.support.binaries import Ends
from tests.support.lab import Lab, tcp_proxy
from tests.support.program import Program
from tests.support.rawclient import frame, login_frame
from tests.support.users import connect, receive_all, tcp_echoes

DEADLINE = 10  # seconds the server gives a stranger to say who it is
PATIENCE = DEADLINE + 10
MAGIC = bytes.fromhex("46525000020d0a")


def v1_header(kind: bytes, length: int) -> bytes:
    return kind + struct.pack("!Q", length)


def v2_frame(kind: int, payload: bytes, *, flags: int = 0, length: int | None = None) -> bytes:
    return MAGIC + struct.pack("!HHI", kind, flags, len(payload) if length is None else length) + payload


def yamux(content: bytes, *, kind: int = 0, flags: int = 1, version: int = 0, length: int | None = None) -> bytes:
    """A frame for stream 1, which it opens."""
    return struct.pack("!BBHII", version, kind, flags, 1, len(content) if length is None else length) + content


# What a stream may say first; none of it logs in.
WORDS = {
    "random": random.Random(1).randbytes(3000),
    "length of 2^63": v1_header(b"o", 1 << 63) + b"{}" * 100,
    "length of -1": v1_header(b"o", (1 << 64) - 1) + bytes(10),
    "frame too large": v1_header(b"o", 10241) + b" " * 10241,
    "unknown message": v1_header(b"z", 2) + b"{}",
    "message of another place": frame(b"h", {}) + bytes(10),
    "broken JSON": v1_header(b"o", 6) + b'{"a":\xff',
    "JSON of wrong types": frame(b"o", {"version": [1], "timestamp": "now"}),
    "JSON that is no object": v1_header(b"o", 4) + b"[[]]",
    "deep JSON": v1_header(b"o", 10000) + b"[" * 10000,
    "v2 length of 2^32-1": v2_frame(1, b"{}", length=(1 << 32) - 1),
    "v2 frame too large": v2_frame(1, bytes(65537)),
    "v2 flags": v2_frame(1, b"{}", flags=1),
    "v2 unknown frame": v2_frame(77, b"{}"),
    "v2 broken hello": v2_frame(1, b"not JSON"),
    "v2 empty message": v2_frame(16, b""),
    "v2 unknown message": v2_frame(16, b"\xff\xff{}"),
    "v2 work connection of nobody": v2_frame(16, b"\x00\x06" + b'{"run_id":"0123456789abcdef"}'),
    "wrong token": login_frame(token="wrong"),
    "work connection of nobody": frame(b"w", {"run_id": "0123456789abcdef"}),
    "visitor of nobody": frame(b"v", {"run_id": "x", "proxy_name": "echo"}),
}
# What a connection may say first.
OPENINGS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS garbage": b"\x16\x03\x01\x40\x00" + random.Random(2).randbytes(5000),
    "custom byte and garbage": b"\x17" + random.Random(3).randbytes(5000),
    "alert in place of hello": b"\x17" + bytes.fromhex("15030300020228") * 3,
}
MUX_OPENINGS = OPENINGS | {
    "yamux version": yamux(b"x" * 20, version=9),
    "yamux type": yamux(b"x" * 20, kind=9),
    "yamux data for a stream that is not open": yamux(b"x" * 20, flags=0),
    "yamux frame beyond the window": yamux(b"", length=(1 << 32) - 1) + bytes(400_000),
    "yamux go away": yamux(b"", kind=3, flags=0, length=2) + bytes(24),
}


class Served:
    """A server with a client that has to stay unharmed."""

    def __init__(self, lab: Lab, mux: bool) -> None:
        self.is_mux = mux
        self.lab = lab
        self.server = lab.frps({"transport.tcpMux": mux, "log.level": "info"})
        self.proxy = tcp_proxy("echo", lab.tcp_echo())
        self.client: Program = lab.frpc(self.server.port, [self.proxy], {"transport.tcpMux": mux})

    def is_well(self) -> bool:
        return tcp_echoes(self.proxy["remotePort"]) and len(self.client.matching("login to server success")) == 1

    def hear(self, words: bytes, *, step: int = 0, finish: bool = True) -> None:
        """Say these words on a new connection, `step` bytes at a time, and wait until the server ends it."""
        step = step or len(words) or 1
        with connect(self.server.port) as stranger:
            stranger.settimeout(PATIENCE)
            stranger.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):  # the server may be quicker
                for start in range(0, len(words), step):
                    stranger.sendall(words[start : start + step])
                    gevent.sleep(0)
                if finish:
                    stranger.shutdown(socket.SHUT_WR)
            receive_all(stranger)

    def hear_stream(self, words: bytes, *, step: int = 0) -> None:
        """The same as the first words of a stream.

        Where the stream is the connection, the server has to end it unasked.
        """
        self.hear(yamux(words) if self.is_mux else words, step=step, finish=self.is_mux)


@pytest.fixture(scope="module", params=[True, False], ids=["mux", "nomux"])
def served(request: pytest.FixtureRequest, ends: Ends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Lab(ends, tmp_path_factory.mktemp("strangers")) as lab:
        yield Served(lab, request.param)


@pytest.mark.parametrize("words", WORDS)
def test_words_that_do_not_log_in(served: Served, words: str) -> None:
    served.hear_stream(WORDS[words])
    assert served.is_well()


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("words", WORDS)
def test_log_has_one_line_of_each_refusal(served: Served, words: str) -> None:
    before = len(served.server.lines)
    served.hear_stream(WORDS[words])
    # The next refusal is logged after all that the first one has to say.
    with connect(served.server.port) as marker:
        marker.sendall(b"\x17 not TLS, and long enough")
        port = marker.getsockname()[1]
        receive_all(marker)
    served.server.wait_for(f" port {port}: ")
    refusals = [line for line in served.server.lines[before:] if "] refused " in line]
    assert len(refusals) == 2, refusals


@pytest.mark.parametrize("opening", MUX_OPENINGS)
def test_openings_that_are_none(served: Served, opening: str) -> None:
    served.hear(MUX_OPENINGS[opening])
    assert served.is_well()


@pytest.mark.parametrize("words", ["random", "length of 2^63", "v2 broken hello", "wrong token"])
def test_byte_by_byte(served: Served, words: str) -> None:
    served.hear_stream(WORDS[words][:600], step=1)
    assert served.is_well()


def test_any_beginning_of_a_login_may_be_the_end(served: Served) -> None:
    login = login_frame()
    content = yamux(login) if served.is_mux else login
    for size in [*range(30), *range(30, len(content), 7)]:
        served.hear(content[:size])
    assert served.is_well()


@pytest.mark.usefixtures("frpg_only")
def test_silent_strangers_are_sent_away_and_nobody_waits_for_them(served: Served) -> None:
    starts = [b"", b"o", b"\x16", b"\x17", b"\x16\x03\x01\x02", b"GET /~!frp", MAGIC, login_frame()[:40]]
    starts += [yamux(b""), yamux(MAGIC), yamux(login_frame()[:40])]
    with contextlib.ExitStack() as stack:
        strangers = [stack.enter_context(connect(served.server.port)) for _ in range(4) for _ in starts]
        for number, stranger in enumerate(strangers):
            stranger.settimeout(PATIENCE)
            stranger.sendall(starts[number % len(starts)])
        assert served.is_well()
        jobs = [gevent.spawn(receive_all, stranger) for stranger in strangers]
        gevent.joinall(jobs, raise_error=True)
    assert served.is_well()


def flood(stranger: socket.socket, words: bytes, times: int) -> None:
    stranger.settimeout(1)
    with contextlib.suppress(OSError):
        for _ in range(times):
            stranger.sendall(words)


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("start", ["nothing", "login", "v2 login", "TLS record"])
def test_flood_before_login_does_not_grow_memory(served: Served, start: str) -> None:
    starts = {
        "nothing": b"",
        "login": v1_header(b"o", 10240),
        "v2 login": v2_frame(1, b"", length=65536),
        "TLS record": b"\x16\x03\x01\xff\xff",
    }
    begin = starts[start] if not served.is_mux or start == "TLS record" else yamux(starts[start])
    process = served.server.usage()
    before = process.memory_info().rss
    with contextlib.ExitStack() as stack:
        strangers = [stack.enter_context(connect(served.server.port)) for _ in range(10)]
        more = yamux(bytes(65536), flags=0) if served.is_mux and start != "TLS record" else bytes(65536)
        for stranger in strangers:
            with contextlib.suppress(OSError):
                stranger.sendall(begin)
            flood(stranger, more, 100)
        assert process.memory_info().rss - before < 20 << 20
    assert served.is_well()


@pytest.mark.usefixtures("frpg_only")
def test_many_streams_before_login_do_not_grow_memory(served: Served) -> None:
    if not served.is_mux:
        pytest.skip("needs multiplexing")
    process = served.server.usage()
    before = process.memory_info().rss
    with connect(served.server.port) as stranger:
        flood(stranger, b"".join(struct.pack("!BBHII", 0, 1, 1, number, 0) for number in range(1, 40001, 2)), 1)
        gevent.sleep(0.5)
        assert process.memory_info().rss - before < 20 << 20
    assert served.is_well()
