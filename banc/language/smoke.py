"""Spec -> Spec: the same graph, tiny. A smoke run shows what could break before it is paid for.

Runs, teachers, ensembles, sharing and the table stay; networks, data and schedule shrink. What are two stages
in the spec's graph are two in the smoke run's, and what is one is one. Since what a stage is has changed, so
has its address: a smoke run can never be taken for the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from banc.config.data import Digits
from banc.config.model import (
    VGG,
    DenseNetBC,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    MobileNetV2,
    Model,
    PreResNet,
    ResNet,
    ShuffleNetV1,
    ShuffleNetV2,
    UserNetwork,
    WideResNet,
)
from banc.language.declare import declare
from banc.language.declared import DeclaredEnsemble, DeclaredRun
from banc.language.smoke_recipes import small_recipes
from banc.language.spec import Lineage, Spec, Transfer

SUFFIX = "-smoke"
"""What a smoke run's name ends with, in ``results/`` and in its table stage."""

TITLE = "SMOKE TEST, NOT A RESULT: "
"""How its title begins."""

SEEDS = 2
"""Number of seeds: enough for a standard deviation. More only where a spec says more of them by number."""

_SIZES: dict[type, dict[str, tuple[float, float]]] = {
    DenseNetBC: {"depth": (10, 6), "growth": (16, 4)},
    WideResNet: {"depth": (10, 6), "widening": (1, 1)},
    PreResNet: {"depth": (11, 9)},
    ResNet: {"depth": (8, 6), "widening": (1, 1)},
    ImageNetResNet: {"width": (4, 4)},
    VGG: {"width": (4, 4)},
    MobileNetV2: {"width": (0.125, 0.125)},
    ShuffleNetV1: {"width": (36, 12)},
    ShuffleNetV2: {"width": (8, 4)},
    MatchWideResNet: {"units": (1, 1)},
    MatchDenseNet: {"units": (1, 1)},
    MatchPreResNet: {"units": (1, 1)},
}
"""Each size's least value, and the step from one size of the spec to the next."""


def smoke(spec: Spec) -> Spec:
    """The smoke run of a checked spec."""
    runs = [run for run in declare(spec).values() if not isinstance(run, DeclaredEnsemble)]
    by_epoch = [
        run.recipe
        for run in runs
        if isinstance(run, DeclaredRun) and run.teacher and run.stored and not run.recipe.augment.recurs
    ]
    return attrs.evolve(
        spec,
        title=TITLE + spec.title,
        data=Digits(train=60, validation=20) if spec.data.validation else Digits(train=40),
        seeds=_seeds(spec),
        models=shrink(spec.models),
        pretrained={name: attrs.evolve(imported, smoke=True) for name, imported in spec.pretrained.items()},
        # A paper's numbers beside these would mean nothing.
        table=attrs.evolve(spec.table, published={}, deviations={}),
        smoke=small_recipes((run.recipe for run in runs), by_epoch),
    )


def _seeds(spec: Spec) -> tuple[int, ...]:
    """The first ones, but all that are the seed of a teacher of all seeds."""
    groups: tuple[Lineage | Transfer, ...] = (*spec.lineages.values(), *spec.transfers.values())
    said = {group.teacher_seed for group in groups}
    kept = {seed for seed in spec.seeds if seed in said}
    for seed in spec.seeds:
        if len(kept) < SEEDS:
            kept.add(seed)
    return tuple(seed for seed in spec.seeds if seed in kept)


def shrink(models: Mapping[str, Model]) -> dict[str, Model]:
    """Each model small; models that differ still do. For a person's own network a DenseNet stands.

    A size becomes its rank among the sizes that models of its family have in this spec.
    """
    sizes: dict[tuple[type, str], set[float]] = {}
    for model in models.values():
        for network in (model, getattr(model, "skeleton", None)):
            for name in _SIZES.get(type(network), ()):
                sizes.setdefault((type(network), name), set()).add(getattr(network, name))

    own = [model for model in models.values() if isinstance(model, UserNetwork)]

    def small(model: Any) -> Any:
        kind = type(model)
        if isinstance(model, UserNetwork):
            # It may not read the smoke run's images, and banc knows no smaller one. Growths of 5 and more
            # are no other model's: those are multiples of four.
            return DenseNetBC(depth=10, growth=5 + 4 * own.index(model))
        changes: dict[str, Any] = {}
        for name, (least, step) in _SIZES.get(kind, {}).items():
            changes[name] = least + step * sorted(sizes[kind, name]).index(getattr(model, name))
        if hasattr(model, "skeleton"):
            changes["skeleton"] = small(model.skeleton)
        return attrs.evolve(model, **changes)

    return {name: small(model) for name, model in models.items()}
