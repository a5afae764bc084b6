"""The state of a workspace, as far as DVC's decisions and a plan hang on it.

Made by ``state.read`` in one pass, and then only looked at. Paths are relative to the workspace, as
``dvc.yaml`` spells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple

from attrs import field, frozen

from banc.digest import Json
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.stage.timing import Timing


class File(NamedTuple):
    """A file, as it is or as DVC wrote down that it was."""

    md5: str | None
    """MD5 of its bytes. None: it is a folder, or the digest was not recorded."""
    size: int = 0
    """Size in bytes."""
    executable: bool = False
    """DVC's run cache asks for it."""


@frozen
class Entry:
    """What DVC wrote down of a stage when it ended: in a ``dvc.lock``, or in its run cache."""

    command: str
    parameters: Mapping[str, Mapping[str, Json]]
    """The parameters that DVC recorded, by parameter file."""
    inputs: Mapping[str, File]
    outputs: Mapping[str, File]


@frozen
class Checkpoint:
    """How far a stage was when it last saved itself."""

    done: int
    """Epochs of a training that are finished; outputs of a prediction that are written."""
    steps: int = 0
    """Steps of the unfinished epoch, in a training."""
    inputs: Mapping[str, str] | None = None
    """MD5s of what it was made of, by path. None: it does not say, and no run goes on from it."""


@frozen
class Holder:
    """A process that runs a stage now."""

    process: int
    host: str


@frozen
class ClusterJob:
    """The last job by which a stage was, is or will be run on a cluster."""

    number: str
    state: str
    """Slurm's word: ``PENDING``, ``RUNNING``, ``OUT_OF_MEMORY``; empty where Slurm cannot be asked."""
    stages: tuple[Address, ...]
    """All that it runs, in this order."""
    waits: bool = False
    """Whether it has yet to begin, or to begin again."""
    lives: bool = False
    """Whether it has not ended, as far as is known."""
    node: str = ""
    reason: str = ""
    """Why it waits: ``Dependency``, ``Priority``."""
    ended: float = 0.0
    """When its end was seen, in seconds since 1970, UTC."""


@frozen
class Facts:
    """What a trained network or a prediction says of itself, in ``model.json`` or ``outputs.json``."""

    parameters: int | None
    """Number of parameters of a network."""
    made_with: Mapping[str, str]
    """Versions, device and a digest of the code; empty where the file does not say."""
    before: tuple[Mapping[str, str], ...] = ()
    """The same, where it was begun elsewhere and went on from a checkpoint."""


@frozen
class Timings:
    """How long stages took, the latest last."""

    here: tuple[Timing, ...] = ()
    """Timings of stages that ran in this workspace."""
    elsewhere: tuple[Timing, ...] = ()
    """Timings from another machine, from a file that a person copied here."""

    @property
    def every(self) -> tuple[Timing, ...]:
        """Both; of one stage, what was timed here counts as the latest."""
        return (*self.elsewhere, *self.here)

    @property
    def latest(self) -> dict[Address, Timing]:
        """The latest timing of each stage."""
        return {Address(timing.address): timing for timing in self.every}


@frozen
class Disk:
    """Free disk space, in bytes."""

    free: int
    """Where the workspace lies."""
    cache: int | None = None
    """Where DVC's cache lies, if that is another file system."""


@frozen
class State:
    """A workspace at one moment."""

    generated: Mapping[str, str | None]
    """The MD5 of each file there is that `banc compile` wrote, by path; None: it is no file."""
    locks: Mapping[str, Mapping[Address, Entry]]
    """What each ``dvc.lock`` says, by its path: of stages that are no longer linked, too."""
    files: Mapping[str, File]
    """The outputs of the stages that were asked about, and the weights that they import, where they exist."""
    cached: Set[str]
    """MD5s of outputs that somebody wrote down and whose bytes stand in DVC's cache."""
    runs: Mapping[Address, Mapping[str, Entry]]
    """DVC's run cache: of each key the entry that DVC would take, by the stage that it is of."""
    checkpoints: Mapping[Address, Checkpoint]
    holders: Mapping[Address, Holder]
    heartbeats: Mapping[Address, Heartbeat] = field(factory=dict)
    """The last heartbeats of stages that are running, or were killed, stopped, or failed."""
    failures: Mapping[Address, Failure] = field(factory=dict)
    """Failures of stages whose last run failed."""
    at_work: Set[Address] = frozenset()
    """Stages that a running DVC has in hand now: it starts them, or records or restores what they write."""
    dvc_locks: bool = False
    """Whether DVC holds its own lock, as it does between two stages: it may be about to record one."""
    made: Set[Address] = frozenset()
    """Stages that a `banc repro` or jobs that are at work have run, and have yet to record in DVC."""
    unrecorded: Mapping[Address, Mapping[str, str]] = field(factory=dict)
    """Stages that ran without DVC and are not recorded: their outputs are the very ones, made of inputs with
    these MD5s, by path."""
    jobs: Mapping[Address, ClusterJob] = field(factory=dict)
    """Of stages that were submitted to a cluster."""
    facts: Mapping[str, Facts] = field(factory=dict)
    """What the stages whose facts were asked for say of themselves, by path."""
    timings: Timings = Timings()
    disk: Disk | None = None
    """None where the system does not say."""
