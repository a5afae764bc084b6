"""What devices could do at most: dense matrix products, in 10^12 operations a second.

From the manufacturer's data sheets of each device, without sparsity: bfloat16 with sums in float32, TF32, and
float32 outside of tensor cores. A device that is not here has no share of a peak.
"""

from __future__ import annotations

PEAKS = {
    "H200": {"bfloat16": 989.0, "TF32": 494.0, "float32": 67.0},
    "H100 PCIe": {"bfloat16": 756.0, "TF32": 378.0, "float32": 51.0},
    "H100 80GB HBM3": {"bfloat16": 989.0, "TF32": 494.0, "float32": 67.0},
    "A100": {"bfloat16": 312.0, "TF32": 156.0, "float32": 19.5},
    "L40S": {"bfloat16": 362.0, "TF32": 183.0, "float32": 91.6},
    "L4": {"bfloat16": 121.0, "TF32": 60.0, "float32": 30.3},
}


def peak(device: str, kind: str) -> float | None:
    """Of the device with this name, in operations per second, in ``bfloat16``, ``TF32`` or ``float32``."""
    # The longest that fits: an L40S is no L4.
    named = max((name for name in PEAKS if name in device), key=len, default=None)
    return None if named is None else PEAKS[named][kind] * 1e12
