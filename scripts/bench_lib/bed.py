"""What a row is measured on: the services, and tunnels of every contender, kept up between slices."""

import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from .contenders import Contender
from .cpu import cpu_seconds
from .errors import ContenderFailed
from .plans import Forward, Plan, Plugins, Routes
from .ports import free_port
from .services import Services
from .transports import Transport
from .tunnel import Tunnel

QUIET = 0.02  # of a core: what all idle tunnels together may use before a slice starts
QUIET_STEP = 0.05  # seconds
QUIET_LIMIT = 1.0  # seconds to wait for it

_Key = tuple[str, Transport, Routes | Plugins | None]
Report = Callable[[str], None]


class Bed:
    """Owns the tunnels; use it in a `with` block."""

    def __init__(self, services: Services, folder: Path, seconds: float, report: Report = lambda text: None) -> None:
        self.services = services
        self.seconds = seconds  # length of a slice
        self._report = report  # told how far a tunnel is that takes long to come up
        self._folder = folder
        self._tunnels: dict[_Key, Tunnel] = {}
        self._dead: dict[_Key, str] = {}  # tunnels that did not come up, and why
        self._numbers = itertools.count()

    def tunnel(self, contender: Contender, transport: Transport, routes: Routes | Plugins | None = None) -> Tunnel:
        """The tunnel that all rows of a transport and of these virtual hosts share, started when first asked for.

        Raises:
            ContenderFailed: it does not come up, now or when last tried.
        """
        key = (contender.label, transport, routes)
        if reason := self._dead.get(key):
            raise ContenderFailed(reason)
        if key not in self._tunnels:
            tunnel = self.fresh(contender, transport, self.services.wanted(transport, routes))
            try:
                tunnel.start(self._report)
            except ContenderFailed as error:
                tunnel.close()
                self._dead[key] = str(error)
                raise
            except BaseException:
                tunnel.close()
                raise
            self._tunnels[key] = tunnel
        return self._tunnels[key]

    def fresh(
        self, contender: Contender, transport: Transport, wanted: Sequence[Forward], *, with_dashboard: bool = False
    ) -> Tunnel:
        """A tunnel that is not started and belongs to the caller, with those proxies that the contender has."""
        forwards = tuple(forward for forward in wanted if contender.fits(transport, forward.feature))
        folder = self._folder / f"{next(self._numbers):03}-{contender.label}-{transport.name}"
        plan = Plan(free_port(), transport, forwards, free_port() if with_dashboard else 0)
        return Tunnel(contender, plan, folder)

    def drop(self, contender: Contender, transport: Transport, routes: Routes | Plugins | None = None) -> None:
        """Stop a shared tunnel that has failed, so that its next slice has a new one."""
        if tunnel := self._tunnels.pop((contender.label, transport, routes), None):
            tunnel.close()

    def settle(self) -> None:
        """Wait, within limits, until the last slice has drained from every tunnel."""
        deadline = time.monotonic() + QUIET_LIMIT
        before = self._cpu()
        while time.monotonic() < deadline:
            time.sleep(QUIET_STEP)
            now = self._cpu()
            if now - before < QUIET * QUIET_STEP:
                return
            before = now

    def _cpu(self) -> float:
        pids = [pid for tunnel in self._tunnels.values() for pid in tunnel.pids]
        with contextlib.suppress(OSError):  # one has died: its next slice tells
            return cpu_seconds(pids)
        return 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.ExitStack() as stack:
            for tunnel in self._tunnels.values():
                stack.callback(tunnel.close)
