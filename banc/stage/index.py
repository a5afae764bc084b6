"""What is linked now: ``pipelines/index.json``, by which people's names lead to stages and back.

In: a workspace. Out: every linked stage with its group, its inputs and what specs call it, and every linked
spec. Written by ``emit``, so it is a pure function of the specs; whoever asks what is linked reads it here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from banc import paths
from banc.config.converter import Rejected, new_converter
from banc.digest import Json
from banc.errors import BancError, UsageError
from banc.stage.address import is_address
from banc.stage.kinds import Address, Import, Predict, Score, Table

INDEX = f"{paths.PIPELINES}/index.json"
"""Where it lies in a workspace."""

KEY = "banc_index"
"""The key of its version."""

VERSION = 1
"""Raised when what is there already changes its meaning; what is only added keeps it."""

_GROUP = re.compile(r"[a-z0-9-]+")


@frozen
class Use:
    """What one spec calls a stage: the run that it trains, scores, or stores the outputs of.

    A data set and a table are of no run: they have the spec alone.
    """

    spec: str
    model: str | None = None
    column: str | None = None
    seed: int | None = None
    """The spec's seed; None for an ensemble across seeds or a network from elsewhere, which are one for all
    seeds, and where there is no run."""
    for_seed: int | None = None
    """Of a store by epoch: the spec's seed of the students whose epochs it holds. Their teacher may
    have another. None of any other stage."""

    @property
    def run(self) -> str | None:
        """``densenet/ban-1``: how a person names the run, whatever its seed."""
        return None if self.model is None else f"{self.model}/{self.column}"

    def __str__(self) -> str:
        """``densenet ban-1 seed 0``; nothing where there is no run."""
        seed = "" if self.seed is None else f" seed {self.seed}"
        return "" if self.model is None else f"{self.model} {self.column}{seed}"

    def called(self, kind: str) -> str:
        """``densenet teacher seed 0 outputs for seed 1``: what people call a stage of this kind and use.

        Several stages may have one such name; ``stage.called`` tells them apart.
        """
        if self.model is None:
            return f"table of {self.spec}" if kind == Table.KIND else kind
        what = {Predict.KIND: " outputs", Score.KIND: " score"}.get(kind, "")
        students = "" if self.for_seed is None else f" for seed {self.for_seed}"
        return f"{self}{what}{students}"


@frozen
class IndexedStage:
    """A linked stage."""

    kind: str
    group: str
    """The folder in ``pipelines/`` where its parameter file lies."""
    inputs: Mapping[str, tuple[str, ...]]
    """Addresses by role."""
    uses: tuple[Use, ...]
    """Sorted."""
    file: str | None = None
    """Where the weights lie that an import reads, relative to the workspace."""
    names: tuple[str, ...] = ()
    """What people call it, where its uses alone do not tell it apart from other stages."""

    @property
    def called(self) -> tuple[str, ...]:
        """What people call it, in the order of its uses."""
        return self.names or short_names(self.kind, self.uses)


@frozen
class IndexedSpec:
    """A linked spec."""

    path: str
    """Relative to the workspace."""
    smoke: bool


@frozen
class Index:
    specs: Mapping[str, IndexedSpec]
    """By the name of the table: the file name without ``.toml``, of a smoke run with ``-smoke``."""
    stages: Mapping[Address, IndexedStage]

    def parameter_file(self, address: Address) -> Path:
        """Where a stage's parameters lie, relative to the workspace."""
        return Path(paths.PIPELINES, self.stages[address].group, f"{address}.json")


_CONVERTER = new_converter()


def by_name(use: Use) -> tuple[str, str, str, int, int]:
    """How uses are sorted."""
    seed, for_seed = (-1 if seed is None else seed for seed in (use.seed, use.for_seed))
    return use.spec, use.model or "", use.column or "", seed, for_seed


def short_names(kind: str, uses: Iterable[Use]) -> tuple[str, ...]:
    """What people call a stage with these uses, where they tell it apart from all others."""
    return tuple(dict.fromkeys(use.called(kind) for use in sorted(uses, key=by_name)))


def index_text(index: Index) -> str:
    """The file's text: JSON, sorted, with a line a stage, so that a diff shows which stages came and went."""

    def table(items: Mapping[str, Json]) -> str:
        lines = [f"{json.dumps(key)}: {json.dumps(items[key])}" for key in sorted(items)]
        return "{\n " + ",\n ".join(lines) + "\n}" if lines else "{}"

    specs = {name: {"path": spec.path, "smoke": spec.smoke} for name, spec in index.specs.items()}
    stages: dict[str, Json] = {
        address: {
            "kind": stage.kind,
            "group": stage.group,
            "inputs": {
                role: list(addresses) for role, addresses in sorted(stage.inputs.items()) if addresses
            },
            "uses": [_CONVERTER.unstructure(use) for use in sorted(stage.uses, key=by_name)],
            **({} if stage.file is None else {"file": stage.file}),
            **({"names": list(stage.names)} if stage.names else {}),
        }
        for address, stage in index.stages.items()
    }
    return f'{{\n"{KEY}": {VERSION},\n"specs": {table(specs)},\n"stages": {table(stages)}\n}}\n'


def read_index(root: Path) -> Index:
    """What is linked in the workspace ``root``.

    Raises:
        UsageError: nothing is linked, or the file is not what this version of banc writes.
        BancError: it cannot be read.
    """
    path = root / INDEX
    if path.is_fifo():  # it would keep who reads waiting
        raise _stale("it is a pipe")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"nothing is linked here: there is no `{INDEX}`",
            hint="`banc compile` links all of `spec/`, `banc compile SPEC` the specs that you name",
        ) from None
    except (ValueError, RecursionError) as error:
        raise _stale("it is no JSON") from error
    except OSError as error:
        raise BancError(f"cannot read `{INDEX}`: {(error.strerror or 'no reason given').lower()}") from error
    if not isinstance(value, dict) or value.pop(KEY, None) != VERSION:
        raise _stale(f"it has no `{KEY}` of {VERSION}")
    return _structured(value)


def _structured(value: dict[str, Json]) -> Index:
    try:
        index = _CONVERTER.structure(value, Index)
    except (Rejected, ExceptionGroup, ValueError, KeyError, TypeError) as error:
        raise _stale("its keys or values are others") from error
    for address, stage in index.stages.items():
        linked = [address, *(other for several in stage.inputs.values() for other in several)]
        if wrong := next((name for name in linked if name not in index.stages or not is_address(name)), None):
            raise _stale(f"it refers to `{wrong}`, which is no stage of it")
        if not address.startswith(f"{stage.kind}-") or not _GROUP.fullmatch(stage.group):
            raise _stale(f"what it says of `{address}` cannot be")
        if (stage.kind == Import.KIND) != (stage.file is not None):
            raise _stale(f"what it says of the file of `{address}` cannot be")
    return index


def _stale(why: str) -> UsageError:
    return UsageError(
        f"`{INDEX}` was not written by this version of banc: {why}",
        hint="run `banc compile` again with the specs that you work on",
    )
