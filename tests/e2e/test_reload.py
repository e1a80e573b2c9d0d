"""Reading the configuration file again: the difference is applied, and nobody else notices."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import gevent

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port
from tests.support.users import connect, receive_exact, refuses, tcp_echoes, udp_echoes
from tests.support.waiting import eventually

STEADY = 200  # users that stay
COMERS = 8  # users that come and go
RELOADS = 20


class Load:
    """Users of echo services: some stay and talk all the time, some come and go. Notes what breaks."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._is_over = False
        self.broken: list[str] = []
        self.messages = 0
        self.visits = 0

    @contextmanager
    def on(self) -> Iterator["Load"]:
        users = [connect(self._ports[n % len(self._ports)]) for n in range(STEADY)]
        greenlets = [gevent.spawn(self._stay, user) for user in users]
        greenlets += [gevent.spawn(self._come_and_go, self._ports[n % len(self._ports)]) for n in range(COMERS)]
        try:
            yield self
            self._is_over = True
            gevent.joinall(greenlets, timeout=60, raise_error=True)
        finally:
            gevent.killall(greenlets)
            for user in users:
                user.close()

    def _stay(self, user: socket.socket) -> None:
        number = 0
        while not self._is_over:
            number += 1
            message = number.to_bytes(8, "big") * 16
            try:
                user.sendall(message)
                if receive_exact(user, len(message)) != message:
                    self.broken.append("a user that stayed got something else")
                    return
            except OSError as error:
                self.broken.append(f"a user that stayed: {error}")
                return
            self.messages += 1
            gevent.sleep(0.01)

    def _come_and_go(self, port: int) -> None:
        while not self._is_over:
            try:
                if not tcp_echoes(port):
                    self.broken.append("a user that came was not served")
            except OSError as error:
                self.broken.append(f"a user that came: {error}")
            self.visits += 1


def test_a_reload_under_load_breaks_no_connection_of_unchanged_proxies(lab: Lab) -> None:
    echo = lab.tcp_echo()
    kept = [tcp_proxy("kept1", echo), tcp_proxy("kept2", echo, **{"transport.useEncryption": True})]
    changing = tcp_proxy("changing", echo)
    client = ManagedClient(lab, lab.frps().port, [*kept, changing])
    with Load([proxy["remotePort"] for proxy in kept]).on() as load:
        for number in range(1, RELOADS + 1):
            seen = load.messages, load.visits
            odd = [tcp_proxy("odd", echo)] if number % 2 else []
            answer = client.reload(*kept, {**changing, "metadatas": {"number": str(number)}}, *odd)
            assert answer.status == 200
            client.program.wait_for("[changing] start proxy success", count=number + 1)
            eventually(lambda seen=seen: load.messages > seen[0] + STEADY and load.visits > seen[1] + COMERS)  # type: ignore[misc]
    assert load.broken == []
    assert [client.starts(name) for name in ("kept1", "kept2", "changing")] == [1, 1, RELOADS + 1]
    assert tcp_echoes(changing["remotePort"])
    assert len(client.program.matching("success reload conf")) == RELOADS


def test_users_of_a_changed_proxy_stay(lab: Lab) -> None:
    echo = lab.tcp_echo()
    before = tcp_proxy("ssh", echo)
    client = ManagedClient(lab, lab.frps().port, [before])
    with connect(before["remotePort"]) as user:
        user.sendall(b"before")
        assert receive_exact(user, 6) == b"before"
        after = tcp_proxy("ssh", echo)
        assert client.reload(after).status == 200
        client.program.wait_for("[ssh] start proxy success", count=2)
        assert tcp_echoes(after["remotePort"])
        assert refuses(before["remotePort"])
        user.sendall(b"after")
        assert receive_exact(user, 5) == b"after"


def test_what_is_added_removed_and_left(lab: Lab) -> None:
    echo, udp = lab.tcp_echo(), lab.udp_echo()
    gone, kept = tcp_proxy("gone", echo), udp_proxy("kept", udp)
    client = ManagedClient(lab, lab.frps().port, [gone, kept])
    assert udp_echoes(kept["remotePort"])
    added = tcp_proxy("added", echo)
    assert client.reload(added, kept).status == 200
    client.wait_for_proxies("added")
    client.program.wait_for("proxy removed: [gone]")
    client.program.wait_for("proxy added: [added]")
    assert tcp_echoes(added["remotePort"])
    assert udp_echoes(kept["remotePort"])
    eventually(lambda: refuses(gone["remotePort"]))
    assert client.status() == {"added": "running", "kept": "running"}
    assert client.starts("kept") == 1


def test_start_and_enabled_are_applied(lab: Lab) -> None:
    echo = lab.tcp_echo()
    a, b = tcp_proxy("a", echo), tcp_proxy("b", echo)
    client = ManagedClient(lab, lab.frps().port, [a, b])
    client.write([a, b], start=["b"])
    assert client.api.ask("GET", "/api/reload").status == 200
    assert client.status() == {"b": "running"}
    client.write([a, {**b, "enabled": False}], start=[])
    assert client.api.ask("GET", "/api/reload").status == 200
    client.program.wait_for("[a] start proxy success", count=2)
    assert client.status() == {"a": "running"}


def test_a_faulty_file_changes_nothing(lab: Lab) -> None:
    echo = lab.tcp_echo()
    kept = tcp_proxy("kept", echo)
    client = ManagedClient(lab, lab.frps().port, [kept])
    for fault in ({**tcp_proxy("bad", echo), "type": "nope"}, {**kept}, {**tcp_proxy("bad", echo), "localPort": 70000}):
        answer = client.reload(kept, fault)
        assert answer.status == 400
        assert answer.json["Msg"].startswith("invalid argument: ")
        assert client.status() == {"kept": "running"}
    client.file.write_text("{", encoding="utf-8")
    assert client.api.ask("GET", "/api/reload").status == 400
    assert tcp_echoes(kept["remotePort"])
    assert client.starts("kept") == 1


def test_a_reload_without_a_session_counts_at_the_next_login(lab: Lab) -> None:
    echo = lab.tcp_echo()
    port = free_port()
    client = ManagedClient(lab, port, loginFailExit=False)
    assert client.status() == {}
    proxy = tcp_proxy("late", echo)
    assert client.reload(proxy).status == 200
    lab.frps({"bindPort": port})
    client.wait_for_proxies("late")
    assert tcp_echoes(proxy["remotePort"])


def test_other_options_wait_for_a_restart_and_are_named(lab: Lab, frpg_only: None) -> None:
    echo = lab.tcp_echo()
    proxy = tcp_proxy("ssh", echo)
    client = ManagedClient(lab, lab.frps().port, [proxy])
    client.write([proxy], **{"auth.token": "another secret", "serverPort": 1})
    assert client.api.ask("GET", "/api/reload").status == 200
    client.program.wait_for("auth.token, serverPort: changed in the file, need a restart")
    assert "another secret" not in client.program.text
    assert tcp_echoes(proxy["remotePort"])
