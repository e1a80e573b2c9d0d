import socket
import ssl
from pathlib import Path

import pytest

from frpg.client.plugins import tls2raw
from frpg.config.plugins import Tls2RawPlugin
from frpg.errors import FrpgError
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.fake_frps import eventually
from tests.support.ports import free_port
from tests.support.services import Backlog
from tests.support.users import receive_exact
from tests.unit.client.plugins.conftest import Plug


def options(port: int, **more: str) -> Tls2RawPlugin:
    return Tls2RawPlugin(local_addr=f"127.0.0.1:{port}", **more)


def test_the_service_gets_what_is_inside(plug: Plug, local: Backlog) -> None:
    bench = plug(options(local.port))
    user = bench.tls_user("a.test", "h2", "http/1.1")
    assert user.selected_alpn_protocol() is None
    user.sendall(b"question")
    with local.accept() as served:
        assert receive_exact(served, 8) == b"question"
        served.sendall(b"answer")
        assert receive_exact(user, 6) == b"answer"
        assert (bench.tally.connections, bench.tally.received.value, bench.tally.sent.value) == (1, 8, 6)
        user.close()
        assert served.recv(1) == b""


def test_an_end_goes_through_while_the_answer_is_still_to_come(plug: Plug, local: Backlog) -> None:
    user = plug(options(local.port)).tls_user()
    user.sendall(b"all")
    with local.accept() as served:
        assert receive_exact(served, 3) == b"all"
        served.sendall(b"bye")
        served.shutdown(socket.SHUT_WR)
        assert receive_exact(user, 4) == b"bye"


def test_the_certificate_is_that_of_the_files(plug: Plug, local: Backlog, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    pair = authority.issue("server")
    bench = plug(options(local.port, crt_path=pair.cert, key_path=pair.key))
    context = ssl.create_default_context(cafile=authority.file)
    with context.wrap_socket(bench.user(), server_hostname=SERVER_NAME) as user:
        user.sendall(b"!")
        with local.accept() as served:
            assert served.recv(1) == b"!"


def test_a_certificate_of_its_own_names_nobody_and_is_new_each_time(plug: Plug, local: Backlog) -> None:
    seen = set()
    for _ in range(2):
        user = plug(options(local.port)).tls_user(None)
        seen.add(user.getpeercert(binary_form=True))
        local.accept().close()
    assert len(seen) == 2


def test_the_service_hears_who_the_user_is_before_the_users_first_byte(plug: Plug, local: Backlog) -> None:
    user = plug(options(local.port), proxy_protocol="v1").tls_user()
    user.sendall(b"!")
    with local.accept() as served:
        expected = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n!"
        assert receive_exact(served, len(expected)) == expected


def test_what_is_no_tls_is_told_and_closed(plug: Plug, local: Backlog, caplog: pytest.LogCaptureFixture) -> None:
    user = plug(options(local.port)).user()
    user.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert eventually(lambda: "[run] [web] tls handshake error: " in caplog.text)
    while user.recv(100):  # an alert
        pass
    assert local.is_idle()


def test_a_user_that_says_nothing_is_not_waited_for(
    plug: Plug, local: Backlog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tls2raw, "HANDSHAKE_TIMEOUT", 0.05)
    assert plug(options(local.port)).user().recv(1) == b""
    assert "tls handshake error: TLS handshake not done within 0.05 s" in caplog.text


def test_a_service_that_is_not_there_is_told(plug: Plug, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    assert plug(options(port)).tls_user().recv(1) == b""
    assert f"connect to local service [127.0.0.1:{port}] error: dial tcp 127.0.0.1:{port}: connect: " in caplog.text


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (Tls2RawPlugin(local_addr="nowhere"), r"localAddr \[nowhere\] is not host:port"),
        (options(1, crt_path="/no.crt", key_path="/no.key"), "^open /no.crt: no such file or directory"),
    ],
)
def test_options_that_cannot_work_are_start_errors(plug: Plug, config: Tls2RawPlugin, reason: str) -> None:
    with pytest.raises(FrpgError, match=reason):
        plug(config)
