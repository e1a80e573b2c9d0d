"""A frpc with an admin interface, and the file that it was started with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.admin import AdminApi, Answer, admin_options
from tests.support.lab import Lab, Options, client_options, nest
from tests.support.ports import free_port
from tests.support.program import Program


class ManagedClient:
    """Started by the constructor, ended by the lab."""

    def __init__(self, lab: Lab, server_port: int, proxies: Sequence[Options] = (), **options: Any) -> None:
        """`options` have `__` in place of dots."""
        self.port = free_port()
        self.options: dict[str, Any] = {**client_options(server_port), **admin_options(self.port)}
        self.options |= {key.replace("__", "."): value for key, value in options.items()}
        self.api = AdminApi(self.port)
        self.file: Path = lab.folder / f"managed{self.port}.json"
        self.write(proxies)
        self.program: Program = lab.run(lab.ends.frpc, "-c", str(self.file))
        self.program.wait_for("admin server listen on")
        self.wait_for_proxies(*(proxy["name"] for proxy in proxies))

    def wait_for_proxies(self, *names: str) -> None:
        """Each has been started at least once."""
        for name in names:
            self.program.wait_for(f"[{name}] start proxy success")

    def write(self, proxies: Sequence[Options], **options: Any) -> None:
        """Change the file; a reload or a restart takes note."""
        self.options |= options
        tree = nest({**self.options, "proxies": [nest(proxy) for proxy in proxies]})
        self.file.write_text(json.dumps(tree, indent=1), encoding="utf-8")

    def reload(self, *proxies: Options) -> Answer:
        """With these in the file."""
        self.write(proxies)
        return self.api.ask("GET", "/api/reload")

    def starts(self, name: str) -> int:
        """How often the server has accepted this proxy."""
        return len(self.program.matching(f"[{name}] start proxy success"))

    def status(self) -> dict[str, str]:
        """Proxies and their phases."""
        found = self.api.get("/api/status")
        return {row["name"]: row["status"] for rows in found.values() for row in rows}
