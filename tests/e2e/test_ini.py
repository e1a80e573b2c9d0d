"""Files as the 2023 README shows them: INI, with a range of ports, templates and the environment."""

import pytest

from tests.support.lab import TOKEN, Lab
from tests.support.ports import free_port, free_ports
from tests.support.users import tcp_echoes, udp_echoes

SERVER = """\
[common]
bind_addr = 127.0.0.1
bind_port = {port}
token = {token}
allow_ports = {first}-{last}
"""
CLIENT = """\
[common]
server_addr = 127.0.0.1
server_port = {port}
token = {{{{ .Envs.FRPG_TEST_TOKEN }}}}

[range:tcp]
type = tcp
local_port = {local}
remote_port = {remote}
use_encryption = true

[udp]
type = udp
local_ip = 127.0.0.1
local_port = {udp}
remote_port = {udp_remote}
use_compression = true
"""


@pytest.fixture
def token_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRPG_TEST_TOKEN", TOKEN)


@pytest.mark.usefixtures("token_in_environment")
def test_ini_pair_with_a_range(lab: Lab) -> None:
    port, echoes, remote = free_port(), sorted([lab.tcp_echo(), lab.tcp_echo()]), free_ports(3)
    server_file = lab.write("frps.ini", SERVER.format(port=port, token=TOKEN, first=remote[0], last=remote[2]))
    server = lab.run(lab.ends.frps, "-c", str(server_file))
    server.wait_for("frps started successfully")
    names = {
        "local": ",".join(map(str, echoes)),
        "remote": f"{remote[0]}-{remote[1]}",
        "udp": lab.udp_echo(),
        "udp_remote": remote[2],
    }
    client = lab.run(lab.ends.frpc, "-c", str(lab.write("frpc.ini", CLIENT.format(port=port, **names))))
    for name in ("tcp_0", "tcp_1", "udp"):
        client.wait_for(f"[{name}] start proxy success")
    assert all(tcp_echoes(number) for number in remote[:2])
    assert udp_echoes(remote[2])
    for program in (server, client):
        assert program.matching("ini format is deprecated")
