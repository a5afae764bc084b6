"""How long each stage takes that will or may run.

In: a plan and its graph, what earlier runs took, and the device that is planned for. Out: seconds with a
range, and what they rest on. A pure function. What nobody knows is said to be unknown, and is never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from attrs import evolve, frozen

from banc.graph.graph import Graph
from banc.machine import Device
from banc.plan.rates import ALIKE, SAMPLES, Basis, Rate, Rates
from banc.plan.step import Plan
from banc.plan.work import Work, work
from banc.stage.kinds import NETWORKS, Address, Predict
from banc.state.state import Timings

START: Mapping[str, float] = {
    "data": 0.35,
    "train": 2.0,
    "import": 2.0,
    "predict": 1.5,
    "score": 0.1,
    "table": 0.1,
}
"""Seconds of a stage beside its images: importing torch, reading, building, writing. Medians of 3 to 10
runs on two shared EPYC cores; an import is taken to start as a training does. A data set is the digits: of
another one nobody knows, since it may have to be downloaded."""

COMPUTING = (*NETWORKS, Predict.KIND)
"""The kinds whose stages compute networks, on a GPU where there is one."""

CALL = 0.3
"""Seconds of a stage before its first act and after its last one: Python's start, DVC's looks and copies. The
processor time of `dvc repro` for six scores on those cores, less what they measured themselves."""

SPREAD = 3.0
"""The factor by which these seconds are divided and multiplied to get their range."""


@frozen
class Estimate:
    """The estimated time of one stage."""

    seconds: float | None
    """None: unknown."""
    low: float | None
    high: float | None
    basis: Basis


UNKNOWN = Estimate(None, None, None, "unknown")


def estimate(plan: Plan, graph: Graph, timings: Timings, device: Device) -> dict[Address, Estimate]:
    """Of each stage that will or may run, by its address."""
    rates, around = Rates(timings, device), time_around(timings, device)
    return {address: estimated(job, address, rates, around) for address, job in work(plan, graph).items()}


Around = Mapping[str, Rate]
"""Seconds of a stage beside its images, by its kind, or by its address where that ran before."""


def estimated(left: Work, address: Address, rates: Rates, around: Around) -> Estimate:
    """What is ``left`` of one stage."""
    start = around.get(address) or (around.get(left.kind) if left.kind != "data" or left.installed else None)
    if start is None:
        return UNKNOWN
    total = start
    if left.network is not None:
        if left.trained:
            step = rates.step(left.network, left.live, left.batch, left.pixels)
            if step is None:
                return UNKNOWN
            total = _sum(total, step.times(left.trained))
        basis = total.basis
        for images, main in ((left.passed, True), (left.tested, False)):
            if images:
                forward = rates.forward(left.network, left.pixels, main=main)
                if forward is None:
                    return UNKNOWN
                total = _sum(total, forward.times(images))
        if left.trained:
            total = evolve(total, basis=basis)
    elif left.kind in COMPUTING:
        return UNKNOWN
    return Estimate(total.seconds, total.low, total.high, total.basis)


def _sum(one: Rate, other: Rate) -> Rate:
    """The sum. The basis is that of the images, because the rest of a stage hardly varies."""
    return evolve(one + other, basis=other.basis)


def time_around(timings: Timings, device: Device) -> dict[str, Rate]:
    """Seconds that stages take beside their images: measured here, or else elsewhere."""
    known = {kind: _spread(seconds + CALL) for kind, seconds in START.items()}
    measured: dict[str, list[float]] = {}
    for timing in timings.here:
        if device.gpu == timing.device.gpu or timing.kind not in COMPUTING:
            key = timing.address if timing.kind == "data" else timing.kind
            measured.setdefault(key, []).append(timing.around + CALL)
    return known | {key: _of(seconds[-SAMPLES:]) for key, seconds in measured.items()}


def _of(seconds: Sequence[float]) -> Rate:
    middle = median(seconds)
    low, high = min(*seconds, middle / ALIKE), max(*seconds, middle * ALIKE)
    return Rate(middle, low, high, "measured here")


def _spread(seconds: float) -> Rate:
    return Rate(seconds, seconds / SPREAD, seconds * SPREAD, "measured elsewhere")
