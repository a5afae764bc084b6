"""Where the time of an epoch goes: how long the device is at work, and with what.

From torch's own profiler, over one epoch of banc's loop. It slows the host down, not the kernels, so the
share is a lower bound.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jobs
import torch
from torch.profiler import ProfilerActivity, profile

SHOWN = 5
"""Kernels, the longest first."""


class Profiled(jobs.Stopwatch):
    """Profiles the third epoch; by then everything that is recorded is."""

    def __init__(self, *, tf32: bool, on_gpu: bool) -> None:
        super().__init__(tf32=tf32)
        self.busy, self.kernels = 0.0, [("", 0.0)]
        """The part of the epoch in which the device is at work; and the parts of the longest kernels."""
        self._on_gpu, self._begun = on_gpu, 0.0
        self._profile: Any = None

    def start_phase(self, unit: str, number: int, of: int) -> None:
        super().start_phase(unit, number, of)
        if number == 3:
            activity = ProfilerActivity.CUDA if self._on_gpu else ProfilerActivity.CPU
            self._profile = profile(activities=[activity])
            self._profile.start()
            self._begun = time.perf_counter()

    def set_metrics(self, loss: float, error: float) -> None:
        if self._profile:
            spent = 1e6 * (time.perf_counter() - self._begun)
            self._profile.stop()
            kind = "self_device_time_total" if self._on_gpu else "self_cpu_time_total"
            times = {event.key: getattr(event, kind) / spent for event in self._profile.key_averages()}
            self.busy = sum(times.values())
            self.kernels = sorted(times.items(), key=lambda pair: -pair[1])[:SHOWN]
            self._profile = None
        super().set_metrics(loss, error)


def profiled(root: Path, way: jobs.Way, size: jobs.Size) -> Profiled:
    """An epoch of the loop, profiled."""
    watch = Profiled(tf32=way.tf32, on_gpu=torch.cuda.is_available() and jobs.find_device().type == "cuda")
    jobs.loop(root, way, jobs.evolve(size, epochs=2), watch)
    if not watch.busy:
        raise jobs.NotHere("the profiler sees nothing here")
    return watch
