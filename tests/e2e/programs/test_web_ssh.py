"""OpenSSH through a tcpmux proxy, with a ProxyCommand that says CONNECT."""

import getpass
import hashlib
import random
import shlex

import pytest

from tests.support.lab import Lab
from tests.support.names import Front
from tests.support.openssh import client_options, make_keys, start_sshd
from tests.support.peers import command
from tests.support.ports import free_port
from tests.support.tools import need, run

pytestmark = pytest.mark.program
NAMES = ("one.example.test", "two.example.test")


@pytest.fixture
def ssh(lab: Lab) -> list[str]:
    """An ssh command that reaches the sshd of each of NAMES, and lacks nothing but where to and what for."""
    _, client, _ = need("sshd", "ssh", "ssh-keygen")
    make_keys(lab)
    web = Front("tcpmux", free_port())
    proxies = [web.proxy(name, start_sshd(lab, f"SetEnv WHICH={name}"), name) for name in NAMES]
    lab.frpc(lab.frps({"tcpmuxHTTPConnectPort": web.port}).port, proxies)
    way = f"ProxyCommand={shlex.join(command('connect', web.port))} %h:%p"
    return [client, *client_options(lab), "-o", way]


@pytest.mark.parametrize("name", NAMES)
def test_login(ssh: list[str], name: str) -> None:
    assert run(*ssh, f"{getpass.getuser()}@{name}", "echo $WHICH && id -un") == f"{name}\n{getpass.getuser()}\n"


def test_20_mb_arrive_whole(lab: Lab, ssh: list[str]) -> None:
    content = random.Random(1).randbytes(20_000_000)
    path = lab.folder / "content"
    path.write_bytes(content)
    reading = shlex.join([*ssh, f"{getpass.getuser()}@{NAMES[0]}", f"cat {shlex.quote(str(path))}"])
    assert run("sh", "-c", f"{reading} | sha256sum").split()[0] == hashlib.sha256(content).hexdigest()
