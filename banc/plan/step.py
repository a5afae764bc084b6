"""What happens to each stage: the plan as a value."""

from __future__ import annotations

from attrs import frozen

from banc.plan.reason import Reason
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, Holder


@frozen
class Keep:
    """Nothing: everything is as recorded."""


@frozen
class Restore:
    """DVC puts the outputs back from its cache."""

    bytes: int
    """Of all its outputs: DVC replaces them together."""


@frozen
class Run:
    """The stage's command runs."""

    reason: Reason


@frozen
class Wait:
    """Kept or restored if these stages end in the same bytes as before; otherwise it runs. DVC sees then."""

    on: tuple[Address, ...]


Action = Keep | Restore | Run | Wait


@frozen
class Step:
    """One stage of a plan."""

    address: Address
    kind: str
    names: tuple[str, ...]
    """What people call it."""
    action: Action
    epochs: int | None = None
    """How many a training has."""
    checkpoint: Checkpoint | None = None
    """What it goes on from, if it runs."""
    holder: Holder | None = None
    """Who runs it already."""


@frozen
class Plan:
    """What ``dvc repro`` does, once the graph is linked."""

    steps: tuple[Step, ...]
    """Every stage, inputs before what reads them."""

    def of(self, kind: type[Action]) -> tuple[Step, ...]:
        """The steps whose action is of this kind."""
        return tuple(step for step in self.steps if isinstance(step.action, kind))
