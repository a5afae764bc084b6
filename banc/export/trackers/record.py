"""What a tracker is told of a run: the same for each of them.

Made by ``gather``, read by the modules that write. Knows no file and no library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs
from attrs import frozen

from banc.digest import short_digest
from banc.stage.kinds import Address

Value = str | int | float | bool

RecordKind = Literal["training", "import", "ensemble"]

_FORMAT = 1
"""Raised when a tracker is told other things of the same run, so that it is written anew."""


@frozen
class Row:
    """What was measured after an epoch."""

    epoch: int
    """From 1 on. 0 of a run without a curve: an ensemble, or a network from elsewhere."""
    values: Mapping[str, float]
    """By the name of the series: ``train/error``, ``learning_rate``."""


@frozen
class Record:
    """A run that is finished, or that has at least its curve or its score."""

    spec: str
    """The table that it is of."""
    model: str
    column: str
    seed: int | None
    """The spec's; None of what is one for all seeds."""
    kind: RecordKind
    address: Address
    """Of the network; of an ensemble, its score's."""
    parameters: Mapping[str, Value]
    """Network, recipe, objective, seeds, data, teacher: by dotted names such as ``recipe.epochs``."""
    facts: Mapping[str, str]
    """Addresses, versions, device: what a tracker keeps as tags."""
    rows: tuple[Row, ...]
    """By epoch. The last one has the scores, too, which are those of the last epoch's network."""
    ended: float
    """Seconds since 1970."""
    seconds: float | None
    """How long the training took; None where nobody wrote that down. Then ``ended`` is the time of the newest
    file that was read."""

    @property
    def group(self) -> str:
        """``densenet ban-2``: what the run is called whatever its seed."""
        return f"{self.model} {self.column}"

    @property
    def name(self) -> str:
        """``densenet ban-2 seed 0``."""
        return self.group if self.seed is None else f"{self.group} seed {self.seed}"

    @property
    def without_curve(self) -> bool:
        """Whether its curve is not here, but where it trained: it replaces no export that has it."""
        return self.kind == "training" and all(row.epoch == 0 for row in self.rows)

    @property
    def began(self) -> float:
        """Seconds since 1970; the same as ``ended`` where it is not known."""
        return self.ended - (self.seconds or 0.0)

    @property
    def last(self) -> Mapping[str, float]:
        """The last value of every series."""
        values: dict[str, float] = {}
        for row in self.rows:
            values |= row.values
        return values

    @property
    def digest(self) -> str:
        """Another one where a tracker is to be told something else. The time of a file does not count."""
        told = attrs.asdict(self)
        if self.seconds is None:
            del told["ended"]
        return short_digest({"format": _FORMAT, **told})
