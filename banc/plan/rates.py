"""How long a network takes for an image on a device: as it was measured, or else by arithmetic.

In: timings, and the device that is asked about. Out: seconds with a range, and what they rest on. The best
that there is counts: the same network here; here with another batch, or put together of student and teacher;
another device, scaled; and if the network was never measured, its multiply-adds, at the speed of the network
nearest in size that was measured here, or else at that of a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal

from attrs import evolve, frozen

from banc.machine import Device
from banc.plan.devices import Cost, Speed, speed
from banc.plan.work import Network
from banc.stage.timing import Timing
from banc.state.state import Timings

Basis = Literal["measured here", "measured elsewhere", "model", "unknown"]

BASES: tuple[Basis, ...] = ("measured here", "measured elsewhere", "model", "unknown")
"""Bases of an estimate, the most reliable first."""

BACKWARD = 2
"""A backward pass computes twice what a forward pass does."""

LONG = 5.0
"""Measurements of at least so many seconds count alone; in shorter ones a device is mostly warming up."""

SAMPLES = 20
"""Number of measurements of one network that are used at most; the latest ones."""

SAME, ALIKE, OTHER_BATCH, PUT_TOGETHER, SCALED, NEAREST, TABLE = 1.2, 1.5, 2.0, 2.0, 2.5, 2.5, 5.0
"""The factor by which a time is divided and multiplied to get its range, for each basis."""

FEW = 3
"""Runs below which their own spread says too little of how far a machine's times spread."""

ASKED = 256
"""Batch size of inference, as in ``runner.training.infer``."""

FLAT = Speed(1e12)
"""The speed that stands for an unknown device; only ratios of two networks are taken from it."""

SMALL = 10**9
"""Weights times pixels of a step below which a stage takes one thread, as ``runner.training.device`` does."""


@frozen
class Rate:
    """Seconds for one image."""

    seconds: float
    low: float
    high: float
    basis: Basis

    def times(self, number: float) -> Rate:
        """The time of ``images`` images."""
        return Rate(self.seconds * number, self.low * number, self.high * number, self.basis)

    def __add__(self, other: Rate) -> Rate:
        """The sum. Its basis is the less reliable one of the two."""
        return Rate(
            self.seconds + other.seconds,
            self.low + other.low,
            self.high + other.high,
            max(self.basis, other.basis, key=BASES.index),
        )


@frozen
class Sample:
    """One measurement of one network."""

    network: str
    training: bool
    live: tuple[str, ...]
    batch: int
    precision: str
    device: Device
    threads: int
    images: int
    seconds: float
    multiply_adds: int | None
    """Multiply-adds of one forward pass."""
    layers: int | None
    main: bool = True
    """Whether it is the stage's own work, and not its test images."""

    @property
    def rate(self) -> float:
        """Seconds for one image."""
        return self.seconds / self.images

    @property
    def by_table(self) -> float:
        """Seconds of one forward pass of an image, as the table of devices has it."""
        table = speed(self.device, self.precision, self.threads) or FLAT
        return table.seconds(Cost(self.multiply_adds or 1, self.layers or 1), self.batch or ASKED)


class Rates:
    """All measurements; gives the time of an image in a network."""

    def __init__(self, timings: Timings, device: Device) -> None:
        """``device``: the one that is asked about."""
        here = [sample for timing in timings.here for sample in _samples(timing)]
        brought = [sample for timing in timings.elsewhere for sample in _samples(timing)]
        alone = evolve(device, processes=1)
        self._device = {True: device, False: alone}
        self._here: dict[tuple[str, bool, str], list[Sample]] = {}
        self._others: dict[tuple[str, bool, str], list[Sample]] = {}
        for samples, ours in ((brought, False), (here, True)):
            for sample in samples:
                same = ours and sample.device == self._device[sample.training]
                key = sample.network, sample.training, sample.precision
                (self._here if same else self._others).setdefault(key, []).append(sample)

    def step(self, network: Network, live: Sequence[Network], batch: int, pixels: int) -> Rate | None:
        """An image forward and backward, and forward through its live teachers. None: nobody knows."""
        wanted = tuple(sorted(teacher.key for teacher in live))
        known = self._here.get((network.key, True, network.precision), [])
        exact = [sample for sample in known if sample.live == wanted]
        if exact:
            same = [sample for sample in exact if sample.batch == batch]
            return _measured(same, SAME) if same else _measured(exact, OTHER_BATCH)
        alone = [sample for sample in known if not sample.live]
        own = _measured(alone, SAME) if alone else self._elsewhere(network, training=True, wanted=())
        if own is None:
            own = self._modelled(network, batch, pixels, training=True)
        passes = [self.forward(teacher, pixels) for teacher in live]
        if own is None or None in passes:
            return None
        total = own
        for rate in passes:
            assert rate is not None
            total += rate
        return _widened(total, PUT_TOGETHER) if live and total.basis != "model" else total

    def forward(self, network: Network, pixels: int, *, main: bool = True) -> Rate | None:
        """An image forward. None: nobody knows.

        Args:
            main: of a prediction, where a view is cut and the outputs are written; otherwise of test images.
        """
        known = self._here.get((network.key, False, network.precision), [])
        if known:
            same = [sample for sample in known if sample.main == main]
            return _measured(same, SAME) if same else _measured(known, ALIKE)
        trained = self._here.get((network.key, True, network.precision), [])
        alone = [sample for sample in trained if not sample.live]
        if alone:
            return _widened(_measured(alone, SAME).times(1 / (1 + BACKWARD)), ALIKE)
        measured = self._elsewhere(network, training=False, wanted=())
        return measured or self._modelled(network, ASKED, pixels, training=False)

    def _elsewhere(self, network: Network, *, training: bool, wanted: tuple[str, ...]) -> Rate | None:
        """The network's time on another device, scaled by the ratio of the two devices' speeds."""
        known = self._others.get((network.key, training, network.precision), [])
        scaled = [
            evolve(sample, seconds=sample.seconds * ratio)
            for sample in known
            if sample.live == wanted and (ratio := self._slower(sample)) is not None
        ]
        return evolve(_measured(scaled, SCALED), basis="measured elsewhere") if scaled else None

    def _slower(self, sample: Sample) -> float | None:
        """The time of this device divided by that of ``sample``'s device."""
        device = self._device[sample.training]
        if sample.device == device:
            return 1.0
        if (sample.device.name, sample.device.gpu) == (device.name, device.gpu):
            # As if processes and cores shared the work evenly; what is known of both is better.
            ratio = sample.device.processes / device.processes
            if not device.gpu and sample.threads > 1:
                ratio *= sample.threads / max(1, min(device.cores, sample.threads))
        else:
            there = speed(sample.device, sample.precision, sample.threads)
            ours = speed(device, sample.precision, min(device.cores, max(1, sample.threads)))
            if there is None or ours is None:
                return None
            ratio = there.flops / ours.flops * sample.device.processes / device.processes
        ratios = [
            median(run.rate for run in mine) / median(run.rate for run in theirs)
            for key, mine in self._here.items()
            if key[1:] == (sample.training, sample.precision)
            and (theirs := [other for other in self._others.get(key, []) if other.device == sample.device])
        ]
        return median(ratios) if ratios else ratio

    def _modelled(self, network: Network, batch: int, pixels: int, *, training: bool) -> Rate | None:
        if network.multiply_adds is None or network.layers is None or network.parameters is None:
            return None
        device = self._device[training]
        threads = (
            1 if network.parameters * pixels * batch < SMALL else max(1, device.cores // device.processes)
        )
        table = speed(device, network.precision, threads)
        nearest = self._nearest(network.multiply_adds, network.precision, training=training)
        if table is None and not nearest:
            return None
        passes, factor = (1 + BACKWARD if training else 1) / device.processes, TABLE
        if nearest:
            # How much slower than the table says the nearest was, so will this one be.
            factor = NEAREST
            passes = median(sample.rate / sample.by_table for sample in nearest)
        cost = Cost(network.multiply_adds, network.layers)
        seconds = passes * (table or FLAT).seconds(cost, batch)
        return Rate(seconds, seconds / factor, seconds * factor, "model")

    def _nearest(self, multiply_adds: int, precision: str, *, training: bool) -> Sequence[Sample]:
        """Measurements on this device of the network whose multiply-adds are nearest."""
        best: tuple[float, list[Sample]] | None = None
        for (_, trained, number), samples in self._here.items():
            counted = [
                sample for sample in samples if sample.multiply_adds and sample.layers and not sample.live
            ]
            if trained == training and number == precision and counted:
                far = abs(math.log(counted[0].multiply_adds or 1) - math.log(max(1, multiply_adds)))
                if best is None or far < best[0]:
                    best = far, counted
        return _longest(best[1]) if best else ()


def _measured(samples: Sequence[Sample], factor: float) -> Rate:
    rates = [sample.rate for sample in _longest(samples)]
    middle = median(rates)
    if len(rates) < FEW:
        factor = max(factor, ALIKE)
    return Rate(middle, min(min(rates), middle / factor), max(max(rates), middle * factor), "measured here")


def _longest(samples: Sequence[Sample]) -> Sequence[Sample]:
    long = [sample for sample in samples if sample.seconds >= LONG]
    return (long or samples)[-SAMPLES:]


def _widened(rate: Rate, factor: float) -> Rate:
    return evolve(rate, low=min(rate.low, rate.seconds / factor), high=max(rate.high, rate.seconds * factor))


def _samples(timing: Timing) -> Iterable[Sample]:
    alone = evolve(timing.device, processes=1)
    if timing.network and timing.images and timing.seconds:
        training = timing.kind == "train"
        yield Sample(
            network=timing.network,
            training=training,
            live=timing.live,
            batch=timing.batch,
            precision=timing.precision,
            device=timing.device if training else alone,
            threads=timing.threads,
            images=timing.images,
            seconds=timing.seconds,
            multiply_adds=timing.multiply_adds,
            layers=timing.layers,
        )
    if timing.network and timing.tested and timing.test_seconds:
        yield Sample(
            network=timing.network,
            training=False,
            live=(),
            batch=0,
            precision=timing.precision,
            device=alone,
            threads=timing.threads,
            images=timing.tested,
            seconds=timing.test_seconds,
            multiply_adds=timing.multiply_adds,
            layers=timing.layers,
            main=False,
        )
