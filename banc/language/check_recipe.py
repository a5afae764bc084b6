"""Recipes that say what means nothing, or what goes badly together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from banc.config.objective import smooths_labels
from banc.language.codes import Code
from banc.language.declared import DeclaredRun, Run, RunName
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.said import recipe_tables
from banc.language.source import Source
from banc.language.spec import Spec

_OF_SGD = ("momentum", "nesterov")
_OF_ADAMW = ("beta1", "beta2", "epsilon")
_OF_STEPS = ("drop_at", "drop_factor")
_SMOOTHING = "label_smoothing"
_FILL = ("augment", "fill")
_WITH_OPTIMIZER = ("learning_rate", "weight_decay")
"""What each optimizer has its own usual values of."""


def check_recipe(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of what the spec says of recipes."""
    trained = [run for run in runs.values() if isinstance(run, DeclaredRun)]
    tables = {run.name: recipe_tables(spec, run) for run in trained}
    yield from _without_effect(source, trained, tables)
    told = set[KeyPath]()
    for run in trained:
        its = tables[run.name]
        for place, fault in (*_other_optimizer(source, run, its), *_drop_before_rise(source, run, its)):
            if place not in told:
                told.add(place)
                yield fault


def _without_effect(
    source: Source, trained: list[DeclaredRun], tables: Mapping[RunName, list[KeyPath]]
) -> Iterator[Fault]:
    """A key that is read by none of the runs that it is said for."""
    reasons: dict[KeyPath, str | None] = {}
    for run in trained:
        inert = _inert(run)
        for keys in [(key,) for key in (*_OF_SGD, *_OF_ADAMW, *_OF_STEPS, _SMOOTHING)] + [_FILL]:
            for table in tables[run.name]:
                place = (*table, *keys)
                if place in source.positions.values and not _says_nothing(source, place):
                    if keys not in inert:
                        reasons[place] = None
                    else:
                        reasons.setdefault(place, inert[keys])
    for place, reason in reasons.items():
        if reason is not None:
            message = f"`{place[-1]}` has no effect here: {reason}"
            yield source.fault(Code.NO_EFFECT, place, message, at_key=True)


def _says_nothing(source: Source, place: KeyPath) -> bool:
    """Whether the value is how a person says that there is none: 0, no points, a factor of 1."""
    value = _value(source, place)
    return value in (0, []) or (place[-1] == "drop_factor" and value in (1, [1]))


def _inert(run: DeclaredRun) -> dict[tuple[str, ...], str]:
    """The keys that the run does not read, and why."""
    recipe, found = run.recipe, dict[tuple[str, ...], str]()
    if recipe.optimizer == "adamw":
        found |= {(key,): "it is of SGD, and the optimizer is AdamW" for key in _OF_SGD}
    else:
        found |= {(key,): "it is of AdamW, and the optimizer is SGD" for key in _OF_ADAMW}
        if not recipe.momentum:
            found[("nesterov",)] = "there is no momentum"
    if recipe.schedule == "cosine":
        found |= {(key,): "the learning rate falls along a cosine, without drops" for key in _OF_STEPS}
    elif not recipe.drop_at:
        found[("drop_factor",)] = "there are no drops"
    if not smooths_labels(run.objective):
        found[(_SMOOTHING,)] = "the objective has no term with the labels"
    if not recipe.augment.pad:
        found[_FILL] = "there is no padding"
    return found


def _other_optimizer(
    source: Source, run: DeclaredRun, tables: list[KeyPath]
) -> Iterator[tuple[KeyPath, Fault]]:
    """Who takes another optimizer says rate and decay: those of the preset, or of others, are for theirs."""
    said = [at for at, table in enumerate(tables) if (*table, "optimizer") in source.positions.values]
    if not said:
        return
    at, below = said[0], [_value(source, (*tables[name], "optimizer")) for name in said[1:]]
    if run.recipe.optimizer == (below[0] if below else "sgd"):
        return
    missing = [
        key
        for key in _WITH_OPTIMIZER
        if not any((*table, key) in source.positions.values for table in tables[: at + 1])
    ]
    if missing:
        place = (*tables[at], "optimizer")
        words = " and ".join(f"`{key}`" for key in missing)
        message = f"another optimizer needs its own {words} beside it"
        yield place, source.fault(Code.OTHER_OPTIMIZER, place, message)


def _drop_before_rise(
    source: Source, run: DeclaredRun, tables: list[KeyPath]
) -> Iterator[tuple[KeyPath, Fault]]:
    recipe = run.recipe
    if recipe.drop_at and recipe.drop_at[0] < recipe.warm_up:
        place = next(
            (*table, "warm_up") for table in tables if (*table, "warm_up") in source.positions.values
        )
        message = (
            f"the learning rate rises until {recipe.warm_up:g} of the run, and drops at {recipe.drop_at[0]:g}"
        )
        yield place, source.fault(Code.DROP_BEFORE_RISE, place, message)


def _value(source: Source, place: KeyPath) -> Any:
    value: Any = source.values
    for key in place:
        value = value[key]
    return value
