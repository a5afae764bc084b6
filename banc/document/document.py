"""The document: frozen values that renderers set. Knows no text of a format and no picture.

Errors are in percent of the whole test set, or of the images held out for validation, as the table says. A
run is what a spec calls a network or an ensemble, with all of its seeds; a panel is one picture, of one
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from banc.provenance.node import ScoreNode
from banc.report.cells import FilledTable
from banc.stage.kinds import Address, Part

Name = tuple[str, str]
"""A run, as (model, column)."""

RunKind = Literal["trained", "imported", "ensemble"]

RunState = Literal["finished", "running", "failed", "stopped", "waiting"]


@frozen
class SeedError:
    """The error of one seed."""

    seed: int | None
    """The spec's; None of what is one for all seeds."""
    error: float


@frozen
class Interval:
    """A mean over seeds."""

    mean: float
    half: float | None
    """Half the width of the 95 % interval of the mean, by Student's t; None of fewer than three seeds."""
    n: int


@frozen
class Run:
    """A run of a spec, with all of its seeds."""

    name: Name
    network: str
    """The model's label."""
    label: str
    """The column's label."""
    kind: RunKind
    objective: str
    """In short: ``ban-l``; empty of what banc did not train."""
    generation: int
    """Distance from the first teacher; of an ensemble, its members' largest."""
    teachers: tuple[Name, ...]
    members: tuple[Name, ...]
    """Of an ensemble."""
    errors: tuple[SeedError, ...]
    """Those that are finished, by seed."""
    of: int
    """How many there will be."""
    state: RunState
    detail: str
    """What a person wants to know of the state: ``epoch 3 of 40``; empty where nothing is to be said."""
    networks: Mapping[int | None, Address]
    """The stage that trains or imports it, by seed; empty of an ensemble."""
    scores: Mapping[int | None, Address]
    published: float | None


@frozen
class Progress:
    """How much of a spec is finished."""

    finished: int
    """Stages whose outputs are here or in DVC's cache."""
    stages: int
    numbers: int
    """Scores whose numbers are known, from the stages or from committed results."""
    scores: int
    running: int
    failed: int
    smoke: bool
    """Whether it is a smoke run, whose numbers mean nothing."""
    seconds_left: float | None
    """None: unknown, or nothing is left."""


@frozen
class Mark:
    """A run in the picture of generations."""

    run: Run
    tick: int
    """Which place on the x axis."""
    chain: int
    """Which line it belongs to; several objectives give several."""
    before: int | None
    """The mark that the line comes from, by index."""


@frozen
class GenerationPanel:
    """The generations of one network: teacher, ban-1, ban-2, ..., then its ensembles."""

    model: str
    """The network's name in the spec; here and below."""
    network: str
    """Its label."""
    ticks: tuple[str, ...]
    marks: tuple[Mark, ...]
    chains: tuple[str, ...]
    """What each line is called: its objectives."""
    on: Part = "test"
    """What the errors are of."""


@frozen
class SweepLine:
    """The runs of a sweep that differ in its first field alone."""

    label: str
    """``epochs 20``; empty where there is one line."""
    runs: tuple[Run | None, ...]
    """By value; None where the network has no such run."""


@frozen
class SweepPanel:
    """One sweep of one network: the error by the value of its first field."""

    model: str
    network: str
    sweep: str
    """The sweep's name in the spec."""
    field: str
    """``temperature``."""
    values: tuple[str, ...]
    lines: tuple[SweepLine, ...]
    on: Part = "test"
    """What the errors are of."""


@frozen
class SeedCurve:
    """The training of one seed."""

    epochs: tuple[int, ...]
    errors: tuple[float, ...]
    """Training error after each of these epochs."""
    tested: tuple[tuple[int, float], ...]
    """(epoch, error on images that it does not train on), where it was measured."""
    on: Part = "test"
    """Which images these are."""


@frozen
class Curve:
    """The trainings of one run."""

    label: str
    generation: int
    seeds: tuple[SeedCurve, ...]


@frozen
class CurvePanel:
    """The training of one network over its epochs."""

    model: str
    network: str
    curves: tuple[Curve, ...]
    drops: tuple[int, ...]
    """Epochs after which the learning rate dropped."""
    on: Part = "test"
    """What the errors are of that were measured on images it does not train on."""


@frozen
class Reliability:
    """How often a run is right, by how sure it is: its seeds' test images together."""

    label: str
    kind: RunKind
    confidence: tuple[float, ...]
    """Mean of the largest probability, of each bin that has images, from 0 to 1."""
    accuracy: tuple[float, ...]
    """Fraction of the same images that are classified rightly."""
    counts: tuple[int, ...]
    """The images of these bins."""
    ece: float
    """Expected calibration error in percent, the mean of the seeds'."""


@frozen
class ReliabilityPanel:
    """The reliability of one network's runs."""

    model: str
    network: str
    bins: int
    lines: tuple[Reliability, ...]


@frozen
class Published:
    """A cell beside the paper's number."""

    label: str
    ours: Interval
    published: float
    deviation: float | None = None
    """What the paper prints after its ±; of how many seeds, and of what kind, is not known."""


@frozen
class RunCost:
    """What one run took."""

    network: str
    label: str
    training: float
    """Seconds, as these below."""
    storing: float
    """Of its outputs over the training images, for its students."""
    timed: int
    """Trainings and predictions whose time is known."""
    of: int
    joules: float | None = None
    """That the timed ones drew; None where that is not known of each of them."""


@frozen
class Saved:
    """What looking up teachers' outputs saved."""

    passes: int
    """Forward passes of teachers that students did without."""
    stored: int
    """Forward passes that storing took."""
    seconds: float | None
    """Of the difference, at the speed of storing; None where no time is known."""


@frozen
class EnergySum:
    """What stages drew, in joules."""

    gpus: float
    gpu_stages: int
    """Number of stages of which that is known."""
    cpus: float
    cpu_stages: int
    unknown: int
    """Number of timed stages of which neither is known."""


@frozen
class Cost:
    """What a spec took, as far as the workspace knows."""

    runs: tuple[RunCost, ...]
    seconds: float
    """Of all timed stages."""
    timed: int
    stages: int
    devices: tuple[str, ...]
    saved: Saved | None
    """None where no outputs are stored."""
    energy: EnergySum | None = None
    """None where no counter was read."""


@frozen
class SpecReport:
    """All that is told of one spec."""

    path: str
    """The spec's file, relative to the workspace."""
    table: FilledTable
    progress: Progress
    runs: tuple[Run, ...]
    generations: tuple[GenerationPanel, ...]
    sweeps: tuple[SweepPanel, ...]
    curves: tuple[CurvePanel, ...]
    published: tuple[Published, ...]
    reliability: tuple[ReliabilityPanel, ...]
    cost: Cost
    provenance: Mapping[Name, ScoreNode]
    """How each run's numbers were made."""


@frozen
class Document:
    """A report of several specs."""

    reports: tuple[SpecReport, ...]
    version: str
    """Of banc."""

    @property
    def finished(self) -> bool:
        """Whether every number of every table is there."""
        return all(report.progress.numbers == report.progress.scores for report in self.reports)
