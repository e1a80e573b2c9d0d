"""The clients' port: its certificate is read again, one that was made is kept, another port takes over."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frpg.errors import ConfigError
from frpg.net.tcp import TcpStream
from frpg.server.door import Door
from tests.support.certificates import Authority, Pair
from tests.support.ports import free_port
from tests.support.users import connect, refuses
from tests.unit.server.conftest import server_config


def drop(stream: TcpStream) -> None:
    stream.close()


@pytest.fixture
def door() -> Iterator[Door]:
    """Not open yet."""
    door = Door(drop)
    yield door
    door.close()


def follow(door: Door, **options: Any) -> None:
    door.prepare(server_config(**options)).commit()  # type: ignore[no-untyped-call]


def pair_options(pair: Pair) -> dict[str, str]:
    return {"transport__tls__cert_file": pair.cert, "transport__tls__key_file": pair.key}


def certificate(door: Door) -> bytes:
    """What a client is shown, in DER; without a network."""
    believer = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    believer.check_hostname = False
    believer.verify_mode = ssl.CERT_NONE
    ways = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = believer.wrap_bio(*ways)
    server = door.tls_context().wrap_bio(ways[1], ways[0], server_side=True)
    for _ in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    found = client.getpeercert(binary_form=True)
    assert found is not None
    return found


def test_the_port(door: Door) -> None:
    assert door.port == 0
    port = free_port()
    follow(door, bind_port=port)
    assert door.port == port
    with connect(port) as client:
        assert client.recv(1) == b""
    door.close()
    door.close()
    assert refuses(port)


def test_another_port_takes_over(door: Door) -> None:
    before, after = free_port(), free_port()
    follow(door, bind_port=before)
    step = door.prepare(server_config(bind_port=after))
    assert not refuses(before)
    step.commit()
    assert door.port == after
    assert refuses(before)
    assert not refuses(after)


def test_the_same_port_stays_open(door: Door) -> None:
    port = free_port()
    follow(door, bind_port=port)
    listener = door._listener
    follow(door, bind_port=port, transport__tls__force=True)
    assert door._listener is listener
    assert not refuses(port)


def test_a_change_that_is_given_up_leaves_nothing_open(door: Door) -> None:
    before, after = free_port(), free_port()
    follow(door, bind_port=before)
    door.prepare(server_config(bind_port=after)).abandon()
    assert door.port == before
    assert refuses(after)
    assert not refuses(before)


def test_a_port_that_is_taken(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"create server listener error, .*:{port}: bind: address already in use"):
            door.prepare(server_config(bind_port=port))
    assert door.port == 0


def test_the_certificate_is_read_again_though_its_name_is_the_same(door: Door, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    old, new, options = authority.issue("old"), authority.issue("new"), {"bind_port": free_port()}
    follow(door, **options, **pair_options(old))
    shown = certificate(door)
    for there, here in ((new.cert, old.cert), (new.key, old.key)):
        Path(here).write_bytes(Path(there).read_bytes())
    assert certificate(door) == shown
    follow(door, **options, **pair_options(old))
    assert certificate(door) == ssl.PEM_cert_to_DER_cert(Path(new.cert).read_text()) != shown


def test_a_certificate_that_was_made_is_kept(door: Door) -> None:
    port = free_port()
    follow(door, bind_port=port)
    shown = certificate(door)
    follow(door, bind_port=port, auth__token="other")
    follow(door, bind_port=free_port())
    assert certificate(door) == shown


def test_files_that_come_and_go(door: Door, tmp_path: Path) -> None:
    pair, port = Authority(tmp_path, "authority").issue("server"), free_port()
    follow(door, bind_port=port)
    made = certificate(door)
    follow(door, bind_port=port, **pair_options(pair))
    assert certificate(door) == ssl.PEM_cert_to_DER_cert(Path(pair.cert).read_text())
    follow(door, bind_port=port)
    assert certificate(door) not in (made, ssl.PEM_cert_to_DER_cert(Path(pair.cert).read_text()))


@pytest.mark.parametrize("fault", ["missing", "empty", "another key"])
def test_faulty_files_change_nothing(door: Door, tmp_path: Path, fault: str) -> None:
    authority = Authority(tmp_path, "authority")
    pair, other, port = authority.issue("server"), authority.issue("other"), free_port()
    follow(door, bind_port=port, **pair_options(pair))
    shown = certificate(door)
    key = Path(pair.key)
    if fault == "missing":
        key.unlink()
    else:
        key.write_bytes(b"" if fault == "empty" else Path(other.key).read_bytes())
    after = free_port()
    with pytest.raises(ConfigError, match=r"server\.key"):
        door.prepare(server_config(bind_port=after, **pair_options(pair)))
    assert certificate(door) == shown
    assert door.port == port
    assert refuses(after)
