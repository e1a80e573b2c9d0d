"""OpenSSH through a tcpmux proxy, with a ProxyCommand that says CONNECT."""

import getpass
import hashlib
import os
import random
import shlex
from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.peers import command
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

pytestmark = pytest.mark.program
NAMES = ("one.example.test", "two.example.test")
SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv WHICH={name}
"""


@pytest.fixture
def ssh(lab: Lab) -> list[str]:
    """An ssh command that reaches the sshd of each of NAMES, and lacks nothing but where to and what for."""
    sshd, client, keygen = need("sshd", "ssh", "ssh-keygen")
    for name in ("host_key", "user_key"):
        run(keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(lab.folder / name))
    if os.geteuid() == 0:  # where sshd of Debian keeps its unprivileged half
        Path("/run/sshd").mkdir(exist_ok=True)
    web, proxies = Front("tcpmux", free_port()), []
    for name in NAMES:
        port = free_port()
        config = lab.write(f"sshd_{name}", SERVER.format(port=port, folder=lab.folder, name=name))
        lab.command(sshd, "-D", "-e", "-f", str(config))
        wait_listening(port)
        proxies.append(web.proxy(name, port, name))
    lab.frpc(lab.frps({"tcpmuxHTTPConnectPort": web.port}).port, proxies)
    way = f"ProxyCommand={shlex.join(command('connect', web.port))} %h:%p"
    known = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    return [client, "-F", "none", "-i", str(lab.folder / "user_key"), "-o", "BatchMode=yes", *known, "-o", way]


@pytest.mark.parametrize("name", NAMES)
def test_login(ssh: list[str], name: str) -> None:
    assert run(*ssh, f"{getpass.getuser()}@{name}", "echo $WHICH && id -un") == f"{name}\n{getpass.getuser()}\n"


def test_20_mb_arrive_whole(lab: Lab, ssh: list[str]) -> None:
    content = random.Random(1).randbytes(20_000_000)
    path = lab.folder / "content"
    path.write_bytes(content)
    printed = run(*ssh, f"{getpass.getuser()}@{NAMES[0]}", f"base64 {shlex.quote(str(path))} | sha256sum")
    got = run(
        "sh", "-c", shlex.join([*ssh, f"{getpass.getuser()}@{NAMES[0]}", f"cat {path}"]) + " | base64 | sha256sum"
    )
    assert got == printed
    assert hashlib.sha256(content).hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
