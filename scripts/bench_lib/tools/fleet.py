"""Logs in N clients with M http proxies each, and stays until standard input ends: `fleet PORT N M TOKEN`.

All of them live in this process. Prints {"proxies": N * M} when every proxy runs.
"""

import logging
import sys

import gevent

from frpg.client.service import Client
from frpg.config.client import default_client
from frpg.config.proxies import HttpProxyConfig

from .slice import fault, many_files, say

SECONDS = 120.0  # for all of them to run


def main() -> None:
    port, clients, proxies, token = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    many_files()
    logging.getLogger("frpg").setLevel(logging.ERROR)
    fleet = [_client(number, port, proxies, token) for number in range(clients)]
    for client in fleet:
        client.start()
    try:
        with gevent.Timeout(SECONDS):
            while not all(len(client.proxies()) == proxies and _runs(client) for client in fleet):
                gevent.sleep(0.1)
    except gevent.Timeout:
        fault(f"not all proxies ran within {SECONDS:.0f} s")
    say(proxies=clients * proxies)
    gevent.get_hub().threadpool.apply(sys.stdin.read)


def _runs(client: Client) -> bool:
    return all(proxy.phase == "running" for proxy in client.proxies())


def _client(number: int, port: int, proxies: int, token: str) -> Client:
    config = default_client({})
    config.server_addr, config.server_port = "127.0.0.1", port
    config.auth.token = token
    config.user, config.client_id = f"team{number % 20:02}", f"edge-{number:03}"
    config.proxies = [_proxy(number, index) for index in range(proxies)]
    return Client(config)


def _proxy(number: int, index: int) -> HttpProxyConfig:
    name = f"site-{number:03}-{index:02}"
    return HttpProxyConfig(name=name, local_port=9, custom_domains=[f"{name}.example.com"])


if __name__ == "__main__":
    main()
