"""From what people call a stage to its address, and back.

In: the index of what is linked, and a name: an address, or ``densenet/ban-1``, or
``table2:densenet/ban-1``. Out: addresses, one a seed; or a label such as ``densenet ban-1 seed 0``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal, get_args

from banc.errors import UsageError
from banc.printable import one_line
from banc.stage.address import is_address
from banc.stage.called import spoken
from banc.stage.index import Index, IndexedStage, Use
from banc.stage.kinds import NETWORKS, Address

OfRun = Literal["train", "import", "predict", "score", "data"]
"""Which of a run's stages is meant: its training or import, its stored outputs, its score, or its data."""

ALIASES = {"baseline": "teacher"}
"""Columns that a spec knows under two names; the index has the second."""

_NEAR = 4
"""Runs that are named where a name is a part of several, at most."""


def is_name(text: str) -> bool:
    """Whether ``text`` is a person's name of a run, as opposed to an address."""
    return "/" in text and not is_address(text)


def find_stages(
    index: Index, name: str, *, seed: int | None = None, kind: OfRun | None = None
) -> tuple[Address, ...]:
    """The stages that ``name`` means, by seed; those of every seed, where ``seed`` is None.

    Without ``kind``, a run's network is meant, and an ensemble's score. An address means itself.

    Raises:
        UsageError: nothing linked has that name, kind or seed, or specs mean different stages by it.
    """
    if not is_name(name):
        if seed is not None or kind is not None:
            raise UsageError(
                f"`{name}` is a single stage: `--seed` and `--kind` choose among the stages of a run",
                hint="name the run, such as `densenet/ban-1`, or leave out `--seed` and `--kind`",
            )
        if name in index.stages:
            return (Address(name),)
        raise _unknown(index, name)
    uses = _uses(index, name)
    seeds = sorted({use.seed for use, _, _ in uses if use.seed is not None})
    if seed is not None:
        uses = [(use, address, stage) for use, address, stage in uses if use.seed == seed]
        if not uses:
            raise _no_seed(name, seed, seeds)
    return _one_a_seed(index, name, _of_kind(name, uses, kind))


def find_stage(index: Index, name: str, *, seed: int | None = None, kind: OfRun | None = None) -> Address:
    """The one stage that ``name`` means.

    Raises:
        UsageError: as ``find_stages``, or there are several seeds and ``seed`` is None.
    """
    stages = find_stages(index, name, seed=seed, kind=kind)
    if len(stages) > 1:
        of_run = [use for use, address, _ in _uses(index, name) if address in stages]
        seeds = sorted({use.seed for use in of_run if use.seed is not None})
        if seed is not None or len(seeds) < 2:
            raise _by_address(index, name, stages)
        raise UsageError(
            f"`{name}` has the seeds {_listed(map(str, seeds))}",
            hint=f"choose one: `--seed {seeds[0]}`, in Python `seed={seeds[0]}`",
        )
    return stages[0]


def label(index: Index, address: Address) -> str:
    """``densenet ban-1 seed 0``: what people call a stage, in one printable line.

    Nothing of a stage that is not linked.
    """
    stage = index.stages.get(address)
    if stage is None:
        return ""
    return one_line(spoken(stage.called))


def spec_and_run(index: Index, name: str) -> tuple[str, str]:
    """What a person's name of a run means, as ``Use`` spells it: the spec, empty for any, and the run."""
    spec, colon, rest = name.partition(":")
    if not colon or spec not in index.specs:
        spec, rest = "", name
    model, _, column = rest.rpartition("/")
    return spec, f"{model}/{ALIASES.get(column, column)}"


_Uses = Sequence[tuple[Use, Address, IndexedStage]]


def _uses(index: Index, name: str) -> _Uses:
    """Every use of every stage that is of the run ``name``."""
    spec, run = spec_and_run(index, name)
    of_run = [
        (use, address, stage)
        for address, stage in index.stages.items()
        for use in stage.uses
        if use.run == run and spec in ("", use.spec)
    ]
    if not of_run:
        raise _unknown(index, name)
    return of_run


def _of_kind(name: str, uses: _Uses, kind: OfRun | None) -> list[tuple[Use, Address]]:
    kinds_of_run = {stage.kind for _, _, stage in uses}
    if kind is None:
        kind = next((kind for kind in get_args(OfRun) if kind in NETWORKS and kind in kinds_of_run), "score")
    if kind == "data":
        of_kind = [(use, Address(data)) for use, _, stage in uses for data in stage.inputs.get("data", ())]
    else:
        of_kind = [(use, address) for use, address, stage in uses if stage.kind == kind]
    if not of_kind:
        kinds = [name for name in get_args(OfRun) if name in kinds_of_run or name == "data"]
        raise UsageError(f"`{name}` has no `{kind}` stage", hint=f"expected {_listed(kinds, 'or')}")
    return of_kind


def _one_a_seed(index: Index, name: str, uses: Iterable[tuple[Use, Address]]) -> tuple[Address, ...]:
    """By seed; and of stores by epoch one for each seed of the students, too."""
    by_seed: dict[tuple[int, int], dict[Address, list[str]]] = {}
    for use, address in uses:
        seeds = -1 if use.seed is None else use.seed, -1 if use.for_seed is None else use.for_seed
        by_seed.setdefault(seeds, {}).setdefault(address, []).append(use.spec)
    for addresses in by_seed.values():
        if len(addresses) > 1:
            specs = sorted({spec for several in addresses.values() for spec in several})
            if len(specs) == 1:
                raise _by_address(index, name, addresses)
            raise UsageError(
                f"`{name}` means different stages in the specs {_listed(specs)}",
                hint=f"name the spec, too: `{specs[0]}:{name}`",
            )
    return tuple(dict.fromkeys(address for _, addresses in sorted(by_seed.items()) for address in addresses))


def _by_address(index: Index, name: str, addresses: Iterable[Address]) -> UsageError:
    several = sorted(addresses)
    named = [f"`{address}` ({label(index, address)})" for address in several]
    return UsageError(
        f"`{name}` has {len(several)} such stages",
        hint=f"name one by its address: {_listed(named, 'or')}",
    )


def _no_seed(name: str, seed: int, seeds: Sequence[int]) -> UsageError:
    if not seeds:
        return UsageError(f"`{name}` is one for all seeds: it has no seed {seed}", hint="leave out `--seed`")
    return UsageError(f"`{name}` has no seed {seed}", hint=f"expected {_listed(map(str, seeds), 'or')}")


def _unknown(index: Index, name: str) -> UsageError:
    runs = sorted({use.run for stage in index.stages.values() for use in stage.uses if use.run})
    # A model or a column alone, as a table prints them: the runs that it belongs to.
    near = [run for run in runs if name in run.split("/")][:_NEAR]
    if not near:
        near = get_close_matches(name.partition(":")[2] or name, [*runs, *index.stages], n=1, cutoff=0.6)
    hint = f"did you mean {_listed((f'`{each}`' for each in near), 'or')}? " if near else ""
    if is_name(name) and runs:
        hint += f"linked runs are {_listed(f'`{run}`' for run in runs[:8])}" + (", ..." if runs[8:] else "")
    else:
        hint += "`banc compile SPEC` links the stages of a spec; its runs have names such as `MODEL/ban-1`"
    return UsageError(f"no stage `{name}` is linked", hint=hint)


def _listed(words: Iterable[str], last: str = "and") -> str:
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
