"""How fast devices compute networks of this kind, roughly: what an estimate rests on where nothing ran yet.

The CPU's numbers were measured on two shared EPYC cores. GPUs have been given a fraction of the peak that
NVIDIA's data sheets print, and a time for each layer of a step, in which a small network's kernels run one
after another. Both are fitted to four networks on an H100 (docs/performance.md, On a GPU); others were not
measured. So these are coarse, and the ranges that go with them are wide.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import evolve, frozen

from banc.errors import UsageError
from banc.machine import Device
from banc.state.state import Timings

PEAKS: dict[str, tuple[float, float | None]] = {
    "A100": (19.5, 312),
    "A30": (10.3, 165),
    "A40": (37.4, 150),
    "A10": (31.2, 125),
    "A6000": (38.7, 155),
    "B200": (75, 2250),
    "GTX 1080 Ti": (11.3, None),
    "H100 PCIe": (51, 756),
    "H100": (67, 989),
    "H200": (67, 989),
    "L40S": (91.6, 362),
    "L40": (90.5, 181),
    "L4": (30.3, 121),
    "P100": (10.6, None),
    "RTX 2080 Ti": (13.4, None),
    "RTX 3080": (29.8, 59.5),
    "RTX 3090": (35.6, 71),
    "RTX 4080": (48.7, 97.5),
    "RTX 4090": (82.6, 165),
    "RTX 6000 Ada": (91.1, 364),
    "T4": (8.1, None),
    "V100": (15.7, None),
}
"""TFLOP/s as data sheets print them: float32 without tensor cores, which banc does not use for it; bfloat16
with them, dense, or None for a GPU that has none for it."""

OF_PEAK = {"float32": 0.3, "bfloat16": 0.2}
"""The fraction that such networks reach: a Wide-ResNet-28-10 reached 0.37 and 0.29 of an H100's peak, a
DenseNet-BC-90-60, which copies much, 0.24 and 0.07."""

LAUNCH = 5e-5
"""Seconds for a layer of a forward pass over a batch on a GPU, whatever is in it; a backward pass takes twice
as long. Recorded steps of a Wide-ResNet-16-2 and a ResNet-20 in bfloat16 came to 4e-5 on an H100."""

CORE = 5e10
"""FLOP/s of a CPU core in float32: networks of 70 k to 2.8 M parameters reached 27 to 62 GFLOP/s."""

CALL = 7e-5
"""The same as ``LAUNCH``, for a CPU: tiny networks took 50 to 200 us a layer."""


class Cost(NamedTuple):
    """The cost of one image in one network."""

    multiply_adds: int
    layers: int


@frozen
class Speed:
    """The speed of a device in one number format."""

    flops: float
    """Floating-point operations a second; a multiply-add is two."""
    per_layer: float = 0.0
    """Seconds for each layer of a pass over a batch, whatever is in it."""

    def seconds(self, cost: Cost, batch: int) -> float:
        """For one image of a batch, forward."""
        return 2 * cost.multiply_adds / self.flops + self.per_layer * cost.layers / batch


def speed(device: Device, precision: str, threads: int) -> Speed | None:
    """What the table says; None where it knows nothing of such a device."""
    if not device.gpu:
        # Without instructions for it, bfloat16 is slower than float32, and which a CPU has is not known here.
        return Speed(CORE * max(1, threads), CALL) if precision == "float32" else None
    peak = PEAKS.get(_known(device.name))
    if peak is None:
        return None
    single, half = peak
    reached = single if precision == "float32" else half
    return None if reached is None else Speed(1e12 * reached * OF_PEAK[precision], LAUNCH)


def named(text: str, timings: Timings, cpu: Device) -> Device:
    """The device that a person means: ``cpu``, one that was measured, or one of the table.

    Raises:
        UsageError: it is none of them.
    """
    if text.lower() in ("cpu", cpu.name.lower()):
        return cpu
    measured = [timing.device for timing in timings.every]
    for device in reversed(measured):
        if text.strip() and text.lower() in device.name.lower():
            return evolve(device, processes=cpu.processes)
    if name := _known(text):
        return Device(name, gpu=True, processes=cpu.processes)
    raise UsageError(
        f"nothing is known of a device `{text}`",
        hint=f"name `cpu`, a device on which something ran, or one of: {', '.join(sorted(PEAKS))}",
    )


def _known(name: str) -> str:
    """The longest name of the table that is part of ``name``, in any case; empty: none."""
    plain = name.lower()
    return max((name for name in PEAKS if name.lower() in plain), key=len, default="")
