"""OpenSSH through a tcp proxy: a login, and scp of 200 MB in each direction."""

import getpass
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.openssh import client_options, make_keys, start_sshd
from tests.support.tools import need, run

pytestmark = pytest.mark.program
SIZE = 200 << 20


@dataclass
class Shell:
    """How to reach the sshd behind the tunnel."""

    ssh: str
    scp: str
    port: int
    options: list[str]

    def run(self, command: str) -> str:
        return run(self.ssh, "-p", str(self.port), *self.options, f"{getpass.getuser()}@127.0.0.1", command)

    def copy(self, source: str, target: str) -> None:
        run(self.scp, "-P", str(self.port), *self.options, source, target)

    def remote(self, path: Path) -> str:
        return f"{getpass.getuser()}@127.0.0.1:{path}"


@pytest.fixture(params=[{}, {"transport.useEncryption": True, "transport.useCompression": True}], ids=["plain", "both"])
def shell(lab: Lab, request: pytest.FixtureRequest) -> Shell:
    _, ssh, scp, _ = need("sshd", "ssh", "scp", "ssh-keygen")
    make_keys(lab)
    proxy = tcp_proxy("ssh", start_sshd(lab, "Subsystem sftp internal-sftp"), **request.param)
    lab.frpc(lab.frps().port, [proxy])
    return Shell(ssh, scp, proxy["remotePort"], client_options(lab))


def test_login(shell: Shell) -> None:
    assert shell.run("echo in && id -un") == f"in\n{getpass.getuser()}\n"


def test_scp_of_200_mb_keeps_every_byte(shell: Shell, lab: Lab) -> None:
    original, there, back = (lab.folder / name for name in ("original", "there", "back"))
    chance = random.Random(1)
    with original.open("wb") as file:
        for _ in range(SIZE >> 20):
            file.write(chance.randbytes(1 << 20))
    try:
        shell.copy(str(original), shell.remote(there))
        shell.copy(shell.remote(there), str(back))
        assert checksum(there) == checksum(original)
        assert checksum(back) == checksum(original)
    finally:
        for path in (original, there, back):
            path.unlink(missing_ok=True)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
