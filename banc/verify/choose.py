"""Which stages to verify, and in which order.

In: a workspace, and what a person asked for. Out: addresses, inputs before what reads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

from attrs import frozen

from banc.errors import BancError, UsageError
from banc.stage import files
from banc.stage.index import Index
from banc.stage.kinds import Address, Stage, Train
from banc.stage.names import OfRun, find_stages


@frozen
class LinkedStage:
    """A stage that is linked now."""

    parameters: Path
    """Its parameter file, relative to the workspace."""
    stage: Stage | None
    """None where that file is not what ``banc compile`` wrote."""
    fault: str = ""
    """Why it is None."""


def linked(root: Path, index: Index) -> dict[Address, LinkedStage]:
    """Every linked stage, by address."""
    stages = {}
    for address in index.stages:
        where = index.parameter_file(address)
        try:
            stages[address] = LinkedStage(where, files.load_stage(root, address))
        except UsageError as error:
            stages[address] = LinkedStage(where, None, error.message)
    return stages


def choose(
    root: Path,
    index: Index,
    stages: Mapping[Address, LinkedStage],
    asked: Sequence[str],
    sample: int | None,
    *,
    seed: int | None = None,
    kind: OfRun | None = None,
) -> tuple[Address, ...]:
    """The named stages; or ``sample`` finished trainings; or whatever is finished. Inputs first.

    ``asked`` are addresses, or names of runs, which mean every seed where ``seed`` is None. A sample is the
    first so many by the SHA-256 of their addresses: the same ones each time and everywhere, which nobody
    chose.

    Raises:
        UsageError: a name is that of no linked stage, or names and a sample are asked for at once.
        BancError: nothing is finished.
    """
    if asked:
        if sample is not None:
            raise UsageError(
                "`--sample` chooses stages, but stages are named, too", hint="leave out one of the two"
            )
        named = (find_stages(index, name, seed=seed, kind=kind) for name in asked)
        return _inputs_first(stages, {address for several in named for address in several})
    if seed is not None or kind is not None:
        raise UsageError(
            "`--seed` and `--kind` choose among the stages of a run, but no run is named",
            hint="name a run, as in `banc verify densenet/ban-1 --seed 0`",
        )
    chosen = {address for address, stage in stages.items() if _begun(root, stage)}
    if sample is not None:
        trainings = [address for address in chosen if address.startswith(f"{Train.KIND}-")]
        chosen = set(sorted(trainings, key=_drawn)[:sample])
    if not chosen:
        raise BancError(
            "no linked stage is finished: there is nothing to verify",
            hint="`dvc repro` runs what is linked; `dvc pull` fetches what ran elsewhere",
        )
    return _inputs_first(stages, chosen)


def _begun(root: Path, linked_stage: LinkedStage) -> bool:
    """Whether any output of the stage exists. An unreadable stage counts as begun, so that it is reported."""
    stage = linked_stage.stage
    return stage is None or any((root / files.folder(stage) / name).is_file() for name in files.writes(stage))


def _drawn(address: Address) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _inputs_first(stages: Mapping[Address, LinkedStage], chosen: set[Address]) -> tuple[Address, ...]:
    order: TopologicalSorter[Address] = TopologicalSorter()
    for address in sorted(stages):
        stage = stages[address].stage
        order.add(address, *(files.parents(stage) if stage else ()))
    return tuple(address for address in order.static_order() if address in chosen)
