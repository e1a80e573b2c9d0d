import socket
from pathlib import Path

import gevent
import pytest

from frpg.net.stream import NO_ADDRESS
from frpg.net.unix import connect_unix, dial_unix


def listener(path: Path, queue: int = 0) -> socket.socket:
    service = socket.socket(socket.AF_UNIX)
    service.bind(str(path))
    service.listen(queue)
    return service


def test_a_connection_has_no_addresses(tmp_path: Path) -> None:
    with listener(tmp_path / "s") as service:
        stream = dial_unix(str(tmp_path / "s"))
        assert (stream.remote_addr, stream.local_addr) == (NO_ADDRESS, NO_ADDRESS)
        with service.accept()[0] as served:
            stream.sendall(b"there")
            assert served.recv(10) == b"there"
            served.sendall(b"back")
            assert stream.recv() == b"back"
            assert not stream.has_lost_peer()
        stream.close()


def test_a_busy_service(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with listener(tmp_path / "s") as service:
        first = connect_unix(path)
        assert first is not None
        assert connect_unix(path) is None
        with pytest.raises(TimeoutError, match=f"dial unix {path}: i/o timeout"):
            dial_unix(path, timeout=0.02)
        later = gevent.spawn(dial_unix, path)
        service.accept()[0].close()
        second = later.get(timeout=10)
        service.accept()[0].close()
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("path", "error"), [("/nowhere/s", FileNotFoundError), ("@nobody-has-this", ConnectionRefusedError)]
)
def test_nobody_there(path: str, error: type[OSError]) -> None:
    with pytest.raises(error):
        dial_unix(path)
