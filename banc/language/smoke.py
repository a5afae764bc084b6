"""Spec -> Spec: the same graph, tiny. A smoke run shows what could break before it is paid for.

Runs, teachers, ensembles, sharing and the table stay; networks, data and schedule shrink. Since what a
stage is has changed, so has its address: a smoke run can never be taken for the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from banc.config.changes import merge
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
from banc.config.objective import needs_one_label, needs_whole_step
from banc.config.recipe import PRESETS
from banc.language.declare import declare
from banc.language.declared import DeclaredRun, Run, RunName
from banc.language.references import listed, select
from banc.language.spec import (
    AugmentationChanges,
    Control,
    ControlChanges,
    Lineage,
    LineageChanges,
    RecipeChanges,
    Spec,
    Sweep,
    Transfer,
    TransferChanges,
)
from banc.language.sweeps import points

SUFFIX = "-smoke"
"""What a smoke run's name ends with, in ``results/`` and in its table stage."""

TITLE = "SMOKE TEST, NOT A RESULT: "
"""How its title begins."""

SEEDS = 2
"""Number of seeds at most: enough for a standard deviation."""

CONTROL_STEP = 0.9
"""The learning rates of a smoke run's controls differ by this factor, so that they are runs of their own. No
power of it is one of ``language.sweeps.SMOKE_STEP``."""

GROUP_STEP = 0.998
"""So do those of students that have a recipe of their own, by this factor."""

SMOKE_CUTOUT = 3
"""Pixels of cutout's square, where there is one."""

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
    runs = declare(spec)
    cutout, mixup = _drawn_anew(runs)
    augment = attrs.evolve(spec.recipe.augment or AugmentationChanges(), pad=0, cutout=cutout, mixup=mixup)
    seeds = spec.seeds[:SEEDS]
    whole = any(isinstance(run, DeclaredRun) and needs_whole_step(run.objective) for run in runs.values())
    micro_batch = None if whole else spec.recipe.micro_batch
    recipe = attrs.evolve(
        spec.recipe, epochs=2, batch=20, micro_batch=micro_batch, augment=augment, except_=None
    )
    rates = _rates_of_groups(spec)
    return attrs.evolve(
        spec,
        title=TITLE + spec.title,
        data=Digits(train=60, validation=20) if spec.data.validation else Digits(train=40),
        recipe=recipe,
        seeds=seeds,
        models=shrink(spec.models),
        pretrained={name: attrs.evolve(imported, smoke=True) for name, imported in spec.pretrained.items()},
        lineages={
            name: _smoke_group(
                lineage,
                {model: runs[model, f"{name}-1"] for model in select(spec, lineage.models)},
                seeds,
                {model: rate for (group, model), rate in rates.items() if group == name},
            )
            for name, lineage in spec.lineages.items()
        },
        transfers={
            name: _smoke_group(
                transfer,
                {model: runs[model, name] for model in select(spec, transfer.students)},
                seeds,
                {model: rate for (group, model), rate in rates.items() if group == name},
            )
            for name, transfer in spec.transfers.items()
        },
        controls={
            name: _smoke_control(spec, name, runs, learning_rate=_learning_rate(spec) * CONTROL_STEP**number)
            for number, name in enumerate(spec.controls, 1)
        },
        sweeps=_smoke_sweeps(spec),
        # A paper's numbers beside these would mean nothing.
        table=attrs.evolve(spec.table, published={}, deviations={}),
    )


def _drawn_anew(runs: Mapping[RunName, Run]) -> tuple[int, float]:
    """The side of cutout's square and the alpha of mixup: those of the spec, if it has them anywhere.

    All runs have one recipe here. So there is neither where some student looks up what its teacher says of
    views, and no mixup where some objective cannot have it. The square leaves something of the small images.
    """
    trained = [run for run in runs.values() if isinstance(run, DeclaredRun)]
    if any(run.teacher is not None and run.stored and run.recipe.augment.recurs for run in trained):
        return 0, 0.0
    cutout = SMOKE_CUTOUT if any(run.recipe.augment.cutout for run in trained) else 0
    if any(needs_one_label(run.objective) for run in trained):
        return cutout, 0.0
    return cutout, max((run.recipe.augment.mixup for run in trained), default=0.0)


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


def _rates_of_groups(spec: Spec) -> dict[tuple[str, str], float]:
    """The learning rates of students that have a recipe of their own, by lineage or transfer and model."""
    groups: dict[str, Lineage | Transfer] = {**spec.lineages, **spec.transfers}
    own = [
        (name, model)
        for name, group in groups.items()
        for model in select(spec, listed(group))
        if group.recipe is not None or getattr(group.except_.get(model), "recipe", None) is not None
    ]
    return {key: _learning_rate(spec) * GROUP_STEP**number for number, key in enumerate(own, 1)}


def _smoke_group(
    group: Any, students: Mapping[str, Run], seeds: tuple[int, ...], rates: Mapping[str, float]
) -> Any:
    """A lineage or transfer whose students have the spec's recipe, and their teachers' outputs as before.

    ``seeds``: those of the smoke run, one of which is the teacher's, if that is one for all students.
    ``rates``: the learning rates of those whose own recipe makes them other runs than the rest.
    """
    changes = LineageChanges if isinstance(group, Lineage) else TransferChanges
    exceptions = {
        model: attrs.evolve(
            group.except_.get(model, changes()),
            recipe=RecipeChanges(learning_rate=rates[model]) if model in rates else None,
            teacher_outputs="stored" if isinstance(run, DeclaredRun) and run.stored else "live",
        )
        for model, run in students.items()
    }
    seed = group.teacher_seed
    if seed is not None and seed not in seeds:
        seed = seeds[0]
    return attrs.evolve(group, recipe=None, teacher_seed=seed, except_=exceptions)


def _learning_rate(spec: Spec) -> float:
    return merge(PRESETS[spec.recipe.preset or "wide-resnet"], spec.recipe).learning_rate


def _smoke_sweeps(spec: Spec) -> dict[str, Sweep]:
    """Sweeps whose points differ, also from those of one another."""
    made, before = dict[str, Sweep](), 0
    for name, sweep in spec.sweeps.items():
        made[name] = attrs.evolve(sweep, smoke=before)
        before += len(points(name, sweep))
    return made


def _smoke_control(spec: Spec, name: str, runs: Mapping[RunName, Run], learning_rate: float) -> Control:
    """A control that keeps its label smoothing, and differs from others by its learning rate."""
    control = spec.controls[name]
    smoothing = {
        model: run.recipe.label_smoothing
        for model in select(spec, control.models)
        for run in [runs[model, name]]
        if isinstance(run, DeclaredRun)
    }
    return attrs.evolve(
        control,
        recipe=RecipeChanges(learning_rate=learning_rate),
        except_={
            model: ControlChanges(recipe=RecipeChanges(label_smoothing=number))
            for model, number in smoothing.items()
        },
    )
