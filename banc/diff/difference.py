"""How two graphs differ, in runs: the difference as a value."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from banc.plan.reason import Change
from banc.stage.index import Use
from banc.stage.kinds import Address

KindOfRun = Literal["data", "train", "import", "score"]
"""A data set, a training, or an ensemble, which is a score."""


@frozen
class Run:
    """A run that a spec declares, in one of the two graphs. Its stored outputs and its score belong to it."""

    address: Address
    kind: KindOfRun
    uses: tuple[Use, ...]
    """What it is called; sorted."""


@frozen
class InputsChanged:
    """The spec makes it read other stages."""

    role: str
    before: tuple[Address, ...]
    """Stages that it no longer reads."""
    now: tuple[Address, ...]
    """Stages that it did not read before."""


@frozen
class Changed:
    """A run that is another one now. Something differs, or it only follows from one that differs."""

    before: Run
    now: Run
    fields: tuple[Change, ...]
    inputs: tuple[InputsChanged, ...]
    follows: Address | None
    """The first cause, in the second graph, where neither fields nor inputs of its own differ."""


@frozen
class Renamed:
    """The same run under other names. It costs nothing."""

    run: Run
    """The run, with all its present names."""
    before: tuple[Use, ...]
    """Names that it no longer has."""
    now: tuple[Use, ...]
    """Names that are new."""


@frozen
class TableChange:
    """A change in how a table is shown. It re-runs nothing."""

    spec: str
    field: str
    """``title``, ``columns``, ``labels.densenet``."""
    before: object
    """As JSON; None: it was not there."""
    now: object


@frozen
class Difference:
    """From one graph to another. Each tuple is in an order in which it could run."""

    added: tuple[Run, ...]
    removed: tuple[Run, ...]
    changed: tuple[Changed, ...]
    renamed: tuple[Renamed, ...]
    same: int
    """Runs that are in both, under whatever name."""
    tables: tuple[TableChange, ...]
    several: bool
    """Whether a side has several specs, so that a run's name needs its spec."""
