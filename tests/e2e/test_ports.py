"""Remote ports: taken, not allowed, chosen by the server, too many; a name used twice; ranges."""

import psutil
import pytest

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.ports import free_port, free_ports
from tests.support.program import Program
from tests.support.users import refuses, tcp_echoes, udp_echoes


def refused(client: Program, name: str) -> str:
    """Why the server refused a proxy."""
    return client.wait_for(f"[{name}] start error: ").partition("start error: ")[2]


def start(lab: Lab, server: Program, *proxies: dict[str, object]) -> Program:
    return lab.start_frpc(server.port, {"proxies": list(proxies)})


def test_port_of_another_program_is_unavailable_and_the_others_go_on(lab: Lab) -> None:
    server, echo, udp = lab.frps(), lab.tcp_echo(), lab.udp_echo()
    taken = lab.backlog().port
    good = tcp_proxy("good", echo)
    client = start(lab, server, tcp_proxy("tcp", echo, taken), udp_proxy("udp", udp, udp), good)
    assert refused(client, "tcp") == "port unavailable"
    assert refused(client, "udp") == f"acquire port {udp} error: port unavailable"
    client.wait_for("[good] start proxy success")
    assert tcp_echoes(good["remotePort"])
    server.wait_for("new proxy [tcp] type [tcp] error: port unavailable")


def test_port_of_the_server_itself_is_unavailable(lab: Lab) -> None:
    server = lab.frps()
    assert refused(start(lab, server, tcp_proxy("own", 1, server.port)), "own") == "port unavailable"


def test_port_of_another_client_is_already_used(lab: Lab) -> None:
    server, echo = lab.frps(), lab.tcp_echo()
    first = tcp_proxy("first", echo)
    lab.frpc(server.port, [first])
    assert refused(start(lab, server, tcp_proxy("second", echo, first["remotePort"])), "second") == "port already used"
    assert tcp_echoes(first["remotePort"])


def test_only_allowed_ports(lab: Lab) -> None:
    ports = free_ports(4)
    server = lab.frps({"allowPorts": [{"start": ports[0], "end": ports[1]}, {"single": ports[3]}]})
    echo = lab.tcp_echo()
    client = start(lab, server, *(tcp_proxy(f"p{index}", echo, port) for index, port in enumerate(ports)))
    assert refused(client, "p2") == "port not allowed"
    for index in (0, 1, 3):
        client.wait_for(f"[p{index}] start proxy success")
        assert tcp_echoes(ports[index])
    udp = start(lab, server, udp_proxy("udp", lab.udp_echo(), ports[2]))
    assert refused(udp, "udp") == f"acquire port {ports[2]} error: port not allowed"


def test_random_port_comes_from_the_allowed_ones_and_runs_out(lab: Lab) -> None:
    port = free_port()
    server, echo = lab.frps({"allowPorts": [{"single": port}]}), lab.tcp_echo()
    lab.frpc(server.port, [tcp_proxy("lucky", echo, 0)])
    assert tcp_echoes(port)
    assert refused(start(lab, server, tcp_proxy("late", echo, 0)), "late") == "no available port"


def published(server: Program, kind: str) -> list[int]:
    """Ports of this kind that the server holds besides its own."""
    connections = server.usage().net_connections(kind)
    ports = {c.laddr.port for c in connections if c.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)}
    return sorted(ports - {server.port})


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_random_port_is_the_same_after_a_new_login(lab: Lab, kind: str) -> None:
    server = lab.frps()
    build, service = (tcp_proxy, lab.tcp_echo()) if kind == "tcp" else (udp_proxy, lab.udp_echo())
    ports = []
    for login in range(1, 4):
        client = lab.frpc(server.port, [build("any", service, 0)])
        ports += published(server, kind)
        assert (tcp_echoes if kind == "tcp" else udp_echoes)(ports[-1])
        client.kill()
        server.wait_for("client exit success", count=login)
    assert len(ports) == 3
    assert len(set(ports)) == 1


def test_max_ports_per_client(lab: Lab) -> None:
    server, echo = lab.frps({"maxPortsPerClient": 2}), lab.tcp_echo()
    udp = udp_proxy("u", lab.udp_echo())
    client = lab.frpc(server.port, [tcp_proxy("a", echo), udp])
    more = start(lab, server, tcp_proxy("b", echo), tcp_proxy("c", echo), tcp_proxy("d", echo))
    more.wait_for("start error: exceed the max_ports_per_client")
    more.wait_for("start proxy success", count=2)
    assert not client.matching("start error")


def test_name_used_twice_is_refused_and_the_others_go_on(lab: Lab) -> None:
    server, echo = lab.frps(), lab.tcp_echo()
    first, other = tcp_proxy("name", echo), tcp_proxy("other", echo)
    lab.frpc(server.port, [first])
    client = start(lab, server, tcp_proxy("name", echo), other)
    assert refused(client, "name") == "proxy [name] already exists"
    client.wait_for("[other] start proxy success")
    assert tcp_echoes(first["remotePort"])
    assert tcp_echoes(other["remotePort"])


def test_user_prefix_keeps_equal_names_apart(lab: Lab) -> None:
    server, echo = lab.frps(), lab.tcp_echo()
    proxies = [tcp_proxy("name", echo) for _ in range(2)]
    for user, proxy in zip(("ann", "bob"), proxies, strict=True):
        lab.frpc(server.port, [proxy], {"user": user})
        server.wait_for(f"new proxy [{user}.name] type [tcp] success")
        assert tcp_echoes(proxy["remotePort"])


def test_ports_are_free_again_when_the_client_has_gone(lab: Lab) -> None:
    server, proxy = lab.frps(), tcp_proxy("name", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy])
    client.kill()
    server.wait_for("client exit success")
    assert refuses(proxy["remotePort"])
    lab.frpc(server.port, [proxy])
    assert tcp_echoes(proxy["remotePort"])
