"""What the CPUs of this machine draw, by Linux's power capping framework (RAPL).

In: ``/sys/class/powercap``. Out: counters, a zone each: the packages, and the memory beside them, which is in
no package's counter. Some systems let only root read them. A sum without one of them would be too small, so
they are all read, or none is.

Source: the Linux kernel's documentation, "Power Capping Framework".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

POWERCAP = Path("/sys/class/powercap")
BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Says which machine's counters they are, in every container on it, until it starts again."""

MOST_WATTS = 1000.0
"""More than any one zone draws. A counter that nobody read for so long that it could have gone round more
than once at this power tells nothing."""


@frozen
class Zone:
    """The counter of a package or of a package's memory."""

    name: str
    folder: Path
    range: float
    """Joules after which it begins again at 0."""

    @property
    def longest(self) -> float:
        """Seconds between two readings, at most, for their difference to be known."""
        return self.range / MOST_WATTS

    def read(self) -> float:
        """Joules.

        Raises:
            OSError: it may not be read.
            ValueError: it is no number.
        """
        return int((self.folder / "energy_uj").read_text()) / 1e6


def zones() -> tuple[Zone, ...]:
    """Every zone that counts; none where one of them cannot be read."""
    try:
        boot = BOOT.read_text().strip()[:8]
        found = tuple(_zones(f"cpu {boot}"))
        for zone in found:
            zone.read()
    except (OSError, ValueError):
        return ()
    return found


def _zones(prefix: str) -> Iterator[Zone]:
    # Not `intel-rapl-mmio:*`, which are the same packages once more. AMD's have these names, too.
    for folder in sorted(POWERCAP.glob("intel-rapl:*")):
        name = (folder / "name").read_text().strip()
        parent = POWERCAP / folder.name.rpartition(":")[0]
        if name.startswith("package"):
            yield _zone(f"{prefix} {name}", folder)
        elif name == "dram":
            yield _zone(f"{prefix} {(parent / 'name').read_text().strip()} {name}", folder)


def _zone(name: str, folder: Path) -> Zone:
    return Zone(name, folder, int((folder / "max_energy_range_uj").read_text()) / 1e6)
