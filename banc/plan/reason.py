"""Why a stage runs: a closed union, down to the field."""

from __future__ import annotations

from typing import Literal, NamedTuple

from attrs import frozen

from banc.digest import Json
from banc.stage.kinds import Address


class Change(NamedTuple):
    """One field, before and now."""

    field: str
    """As the parameter file spells it: ``recipe.epochs``."""
    before: Json
    """None: the field was not there."""
    now: Json


@frozen
class NeverRun:
    """It never ran, and it is not a changed form of a stage that ran."""


@frozen
class FieldsChanged:
    """It is another stage than the one that ran: these fields differ."""

    than: Address
    """The recorded stage that it is compared with; this may be the stage itself."""
    changes: tuple[Change, ...]


@frozen
class InputsChanged:
    """It reads the outputs of other stages than the one that ran, and those stages are done."""

    than: Address
    role: str
    added: tuple[Address, ...]
    removed: tuple[Address, ...]


@frozen
class RevisionChanged:
    """All fields are the same, and the code behind one of them gives other numbers by now."""

    than: Address
    item: str
    """The vocabulary item, by its tag; empty: another version of banc, and no revision explains it."""
    before: int
    now: int


@frozen
class CommandChanged:
    """The lock has another command."""

    before: str
    now: str


@frozen
class InputChanged:
    """An input's bytes are not those that the stage was made of."""

    path: str


@frozen
class InputMissing:
    """A file of weights that nobody makes is not there, and DVC stops until it is."""

    path: str


Lost = Literal["missing", "edited", "not in cache", "not recorded"]
"""``not in cache``: the file stands there unchanged, and DVC makes it again all the same. ``not recorded``:
this version of banc writes one file more."""


@frozen
class OutputLost:
    """What it wrote is no longer as recorded, and DVC's cache cannot bring it back."""

    paths: tuple[str, ...]
    """The files for which ``how`` is true."""
    how: Lost


@frozen
class RecordMissing:
    """Its outputs are there, and no ``dvc.lock`` says what they were made of."""


@frozen
class Upstream:
    """A stage that it depends on runs."""

    first: Address
    """The first cause: a stage that runs for a reason of its own."""


Reason = (
    NeverRun
    | FieldsChanged
    | InputsChanged
    | RevisionChanged
    | CommandChanged
    | InputChanged
    | InputMissing
    | OutputLost
    | RecordMissing
    | Upstream
)
