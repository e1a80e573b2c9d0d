"""OpenSSH behind a tunnel: servers and a client that trust each other's keys and nobody else's."""

import os
from pathlib import Path

from tests.support.lab import Lab
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
{more}
"""


def make_keys(lab: Lab) -> None:
    """For all servers of the lab, and for the user."""
    (keygen,) = need("ssh-keygen")
    for name in ("host_key", "user_key"):
        run(keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(lab.folder / name))


def start_sshd(lab: Lab, more: str) -> int:
    """A server with `more` in its configuration; its port. `make_keys` comes first."""
    (sshd,) = need("sshd")
    port = free_port()
    if os.geteuid() == 0:  # where sshd of Debian keeps its unprivileged half
        Path("/run/sshd").mkdir(exist_ok=True)
    config = lab.write(f"sshd_{port}", _CONFIG.format(port=port, folder=lab.folder, more=more))
    lab.command(sshd, "-D", "-e", "-f", str(config))
    wait_listening(port)
    return port


def client_options(lab: Lab) -> list[str]:
    """For ssh and scp."""
    known = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    return ["-F", "none", "-i", str(lab.folder / "user_key"), "-o", "BatchMode=yes", *known]
