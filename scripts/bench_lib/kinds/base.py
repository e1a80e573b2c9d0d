"""What every kind of measurement answers."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..plans import Feature, Plugins, Routes
from ..sample import Sample
from ..transports import Transport


class Kind(ABC):
    """How the rows of one name are measured; one for all contenders and transports."""

    group: ClassVar[str]  # heading of the table that the rows go to
    unit: ClassVar[str]
    cpu_unit: ClassVar[str] = ""  # of Sample.cpu; empty when there is none
    routes: Routes | Plugins | None = None  # what the tunnel is for that it shares; None: the one by ports
    base: ClassVar[str] = ""  # name of the row, on the same transport, that these are compared with

    @property
    @abstractmethod
    def title(self) -> str:
        """What is measured, in words."""

    @property
    def feature(self) -> Feature:
        """What a contender must have to take part."""
        return Feature.PORTS

    def missing(self) -> str:
        """The programs that it needs and this machine has not; empty when it can run."""
        return ""

    @abstractmethod
    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        """Run one slice.

        Raises:
            ContenderFailed: the contender did not do its part.
        """


def per_second(found: dict[str, Any]) -> Sample:
    """Operations a second and CPU microseconds per operation, from the report of a tool."""
    count = found["count"]
    if not count:
        raise ContenderFailed("nothing came through within the slice")
    notes = {"lost": found["lost"]} if found.get("lost") else {}
    return Sample(count / found["seconds"], found["cpu"] / count * 1e6, notes)


def per_gigabyte(size: int, seconds: float, cpu: float) -> Sample:
    """GB/s and CPU seconds per GB, of 10^9 bytes."""
    if not size:
        raise ContenderFailed("nothing came through within the slice")
    gigabytes = size / 1e9
    return Sample(gigabytes / seconds, cpu / gigabytes)
