"""What a stage is now: a closed union."""

from __future__ import annotations

from attrs import frozen

from banc.plan.reason import Reason
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, ClusterJob, Holder


@frozen
class Done:
    """Its outputs are here, as recorded."""


@frozen
class Restorable:
    """Its outputs are in DVC's cache, and ``dvc repro`` puts them back."""

    bytes: int


@frozen
class Running:
    """It is at work."""

    holder: Holder | None
    """The process. None: DVC is about to start it, or records what it wrote."""
    heartbeat: Heartbeat | None = None
    """The last heartbeat of that process."""
    seconds_left: float | None = None
    """Seconds left at its present speed; None where it has none yet."""


@frozen
class Queued:
    """A job of a cluster is going to run it: it waits, or is busy with what comes before."""

    job: ClusterJob


@frozen
class Failed:
    """Its last run ended by an error."""

    failure: Failure


@frozen
class Interrupted:
    """Its last run was stopped or killed."""

    checkpoint: Checkpoint | None
    """The checkpoint that it continues from. None: it starts from the beginning."""
    heartbeat: Heartbeat | None
    """Its last heartbeat."""


@frozen
class Again:
    """It has run before, and what is there is edited, gone, or made of other inputs."""

    reason: Reason


@frozen
class Waiting:
    """It has not run yet, or DVC decides only when other stages have run."""

    on: tuple[Address, ...]
    """Its inputs that are not finished; none where it could run now."""


StageState = Done | Restorable | Running | Queued | Failed | Interrupted | Again | Waiting
"""The state of one stage."""
