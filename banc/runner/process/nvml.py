"""What an NVIDIA GPU draws, by the counter that its driver keeps.

In: a GPU's UUID. Out: its counter, where there is one (Volta and later). It is asked of the driver's own
library, by ``ctypes``: three functions are no reason for a package that a machine without network may not
have.

Source: NVIDIA's reference of NVML, ``nvmlDeviceGetTotalEnergyConsumption``.
"""

from __future__ import annotations

import ctypes

from attrs import frozen

LIBRARY = "libnvidia-ml.so.1"


@frozen
class GpuCounter:
    """The energy of one whole GPU since its driver was loaded."""

    name: str
    library: ctypes.CDLL
    handle: ctypes.c_void_p
    longest: float = float("inf")
    """Seconds between two readings, at most: 64 bits of millijoules do not go round."""
    range: float = 0.0

    def read(self) -> float:
        """Joules.

        Raises:
            OSError: the driver does not tell.
        """
        millijoules = ctypes.c_ulonglong()
        if error := self.library.nvmlDeviceGetTotalEnergyConsumption(self.handle, ctypes.byref(millijoules)):
            raise OSError(f"NVML's error {error}")
        return millijoules.value / 1000


def gpu_counter(uuid: str) -> GpuCounter | None:
    """The counter of the GPU with this UUID, as torch spells it. None: there is none.

    A part of a GPU (MIG) has a UUID of another kind, and no counter.
    """
    try:
        library = ctypes.CDLL(LIBRARY)
        handle = ctypes.c_void_p()
        # NVML's spelling, which torch shortens.
        name = f"GPU-{uuid.removeprefix('GPU-')}"
        if library.nvmlInit_v2() or library.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle)):
            return None
        counter = GpuCounter(f"gpu {name}", library, handle)
        counter.read()
    except (OSError, AttributeError):  # no driver, or one without the function
        return None
    return counter
