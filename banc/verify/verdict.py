"""What can be said of a stage that was verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from banc.stage.kinds import Address
from banc.verify.compare import Difference

Outcome = Literal["identical", "within tolerance", "different", "missing", "failed"]
"""``missing``: an output or input is not there, so there is nothing to compare. ``failed``: the stage
cannot be run."""


@frozen
class Change:
    """A difference between today's environment and the one in which the outputs were made."""

    what: str
    """A key of ``made_with`` in ``model.json`` or ``outputs.json``."""
    then: str
    """``unknown`` where nothing was written down of it."""
    now: str
    """``none`` where the replay did without, as a CPU does without a driver."""


@frozen
class Edit:
    """Something that is not what ``dvc.lock`` says it was when the stage ended."""

    what: Literal["output", "input", "command", "parameters", "entry"]
    where: str
    """A file, relative to the workspace; of a command or an entry, the lock itself."""
    recorded: str
    """What the lock says; of an entry that is gone, who remembers it."""
    found: str
    """What is there now."""


@frozen
class Verdict:
    """The result of verifying one stage."""

    address: Address
    outcome: Outcome
    files: Mapping[str, Difference]
    """Each output against its replay. Empty where nothing was replayed."""
    environment: tuple[Change, ...]
    """Known of trainings and predictions alone: nothing else writes down what it was made with."""
    edited: tuple[Edit, ...]
    recorded: bool
    """Whether a ``dvc.lock`` knows the stage. Without, and without an edit of ``entry``, nobody can say
    whether it was edited: it may have been run by hand."""
    reason: str = ""
    """Of ``missing`` and ``failed``: what is missing, or why it failed."""
    name: str = ""
    """What people call the stage, as ``densenet ban-1 seed 0``."""

    @property
    def good(self) -> bool:
        """Whether the stage could be made again, and is as it was."""
        return self.outcome in ("identical", "within tolerance") and not self.edited
