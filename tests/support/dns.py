"""dnsmasq that knows a few names, and dig that asks."""

from tests.support.lab import Lab
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

ADDRESS = "192.0.2.7"  # of all names below `tunnel.test`


def dns_server(lab: Lab, *records: str) -> int:
    """The port of a dnsmasq with these records, and names below `tunnel.test`."""
    (program,) = need("dnsmasq")
    port = free_port()
    options = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file="]
    options += ["--user=root", f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--log-facility=-"]
    lab.command(program, *options, f"--address=/tunnel.test/{ADDRESS}", *records)
    wait_listening(port)
    return port


def dig(port: int, *question: str) -> str:
    """The short answer of whoever has this port."""
    (program,) = need("dig")
    return run(program, "@127.0.0.1", "-p", str(port), "+short", "+tries=5", "+time=3", "+bufsize=4096", *question)
