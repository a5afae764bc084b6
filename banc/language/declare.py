"""Which runs a spec declares, by name: every generation, transfer and ensemble, before seeds.

In: a ``Spec`` whose names are known to exist. Out: runs by (model, column). What a run refers to may
still be missing: that is for ``language.check`` to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from attrs import evolve

from banc.config.changes import merge
from banc.config.objective import OBJECTIVES, Objective, smooths_labels
from banc.config.recipe import PRESETS, Recipe, one_spelling
from banc.language.declared import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName
from banc.language.positions import KeyPath
from banc.language.references import Group, groups_of, listed, network_of, run_name, select, teacher_of
from banc.language.spec import TEACHER, Control, Lineage, Pretrained, Spec, Transfer
from banc.language.sweeps import Point, points
from banc.stage.kinds import WeightsFormat

FORMATS: Mapping[str, WeightsFormat] = {
    ".safetensors": "safetensors",
    ".pt": "state-dict",
    ".pth": "state-dict",
    ".bin": "state-dict",
}
"""What a file of weights is, by the end of its name."""


def recipe_of(spec: Spec, model: str, *changes: object, point: Point | None = None) -> Recipe:
    """The recipe of one model's run: preset, the spec's changes, the model's, ``changes``, then ``point``."""
    text = spec.recipe
    recipe = merge(PRESETS[text.preset or "wide-resnet"], text)
    for change in ((text.except_ or {}).get(model), *changes):
        recipe = merge(recipe, change)
    return one_spelling(recipe if point is None else point.recipe(recipe))


def _of_objective(spec: Spec, recipe: Recipe, objective: Objective) -> Recipe:
    """The recipe of a run, without what means nothing to its objective: one run has one address."""
    return _made(spec, recipe if smooths_labels(objective) else evolve(recipe, label_smoothing=0.0))


def _made(spec: Spec, recipe: Recipe) -> Recipe:
    """``recipe``; in a smoke run the one that stands for it."""
    return recipe if spec.smoke is None else spec.smoke[recipe]


def declare(spec: Spec) -> dict[RunName, Run]:
    """Every run of the spec by name: imports, lineages, transfers, controls, baselines and ensembles, with
    teachers.
    """
    runs: dict[RunName, Run] = {}
    path: KeyPath

    def on_labels(model: str, path: KeyPath, seed: int | None = None) -> None:
        """``seed``: the only one of the spec's seeds with which it is needed here; None: all."""
        name, wanted = (model, TEACHER), None if seed is None else frozenset({seed})
        if model in spec.models and name not in runs:
            recipe, objective = _made(spec, recipe_of(spec, model)), OBJECTIVES["labels"]
            runs[name] = DeclaredRun(name, path, model, spec.models[model], recipe, objective, seeds=wanted)
        elif isinstance(run := runs.get(name), DeclaredRun) and run.seeds is not None:
            runs[name] = evolve(run, seeds=None if wanted is None else run.seeds | wanted)

    for title, pretrained in spec.pretrained.items():
        if pretrained.model in spec.models:
            runs[pretrained.model, title] = _import(spec, title, pretrained)
    for title, lineage in spec.lineages.items():
        for model in select(spec, lineage.models):
            on_labels(model, ("lineages", title), lineage.teacher_seed)
            runs |= _generations(spec, title, lineage, model)
    for title, transfer in spec.transfers.items():
        for student in select(spec, transfer.students):
            teacher = teacher_of(spec, transfer, student)
            if teacher is not None and teacher[1] == TEACHER:
                path = ("pairs", student) if student in spec.pairs else ("transfers", title)
                on_labels(teacher[0], (*path, "teacher"), transfer.teacher_seed)
            runs |= _student(spec, title, transfer, student)
            if _said(transfer, student, "baseline"):
                on_labels(network_of(spec, student), ("transfers", title, "baseline"))
    for title, control in spec.controls.items():
        for model in select(spec, control.models):
            runs |= _control(spec, title, control, model)
    for title, sweep in spec.sweeps.items():
        group = groups_of(spec)[sweep.of]
        models = select(spec, listed(group))
        for point in points(title, sweep):
            for model in models:
                runs |= _of_point(spec, title, group, model, point)
    for model in select(spec, spec.baselines):
        on_labels(network_of(spec, model), ("baselines",))
    for title, ensemble in spec.ensembles.items():
        for model in select(spec, ensemble.of):
            path = ("ensembles", title)
            path += ("except", model) if model in ensemble.except_ else ("members",)
            references = ensemble.except_.get(model, ensemble.members)
            members = tuple(run_name(spec, reference, model) for reference in references)
            for member in members:
                if member in runs and member[1] == TEACHER:
                    on_labels(member[0], path)  # a member is needed with every seed
            runs[model, title] = DeclaredEnsemble(
                (model, title), path, members, ensemble.across_seeds, ensemble.average
            )
    return runs


def _import(spec: Spec, title: str, pretrained: Pretrained) -> DeclaredImport:
    return DeclaredImport(
        name=(pretrained.model, title),
        path=("pretrained", title),
        model=spec.models[pretrained.model],
        file=pretrained.file,
        digest=pretrained.sha256,
        # Another end of the name is a fault of the file, which is told in its turn.
        format=FORMATS.get(PurePosixPath(pretrained.file).suffix, "safetensors"),
        recipe=_made(spec, recipe_of(spec, pretrained.model)),
        smoke=pretrained.smoke,
    )


def _said(group: Lineage | Transfer, model: str, key: str) -> object:
    """What a group says of a key for one model."""
    exception = getattr(group.except_.get(model), key, None)
    return getattr(group, key) if exception is None else exception


def _of_point(spec: Spec, title: str, group: Group, model: str, point: Point) -> dict[RunName, Run]:
    match group:
        case Lineage():
            return _generations(spec, title, group, model, point)
        case Transfer():
            return _student(spec, title, group, model, point)
        case Control():
            return _control(spec, title, group, model, point)


def _generations(
    spec: Spec, title: str, lineage: Lineage, model: str, point: Point | None = None
) -> dict[RunName, Run]:
    runs: dict[RunName, Run] = {}
    exception = lineage.except_.get(model)
    objective = (exception and exception.objective) or lineage.objective
    objectives = () if exception and exception.objective else lineage.objectives
    recipe = recipe_of(spec, model, lineage.recipe, exception and exception.recipe, point=point)
    teacher = (model, TEACHER)
    for generation in range(1, ((exception and exception.generations) or lineage.generations) + 1):
        name = (model, f"{point.name if point else title}-{generation}")
        own = objectives[generation - 1] if generation <= len(objectives) else objective
        own = point.objective(own) if point else own
        runs[name] = DeclaredRun(
            name=name,
            path=("sweeps" if point else "lineages", title),
            network=model,
            model=spec.models[model],
            recipe=_of_objective(spec, recipe, own),
            objective=own,
            teacher=teacher,
            stored=_stored(lineage, model, recipe),
            teacher_seed=lineage.teacher_seed if generation == 1 else None,
        )
        teacher = name
    return runs


def _stored(group: Lineage | Transfer, model: str, recipe: Recipe) -> bool:
    """Whether a student looks its teacher's outputs up.

    It follows from the student's own run, never from how many siblings it has: another student must not
    move the others' addresses. A store costs the teacher one pass for each view, a live teacher one for
    each epoch. Where images are drawn anew in each epoch, a store costs as much as a live teacher, and saves
    something only from the second student of a seed on, which this student does not know of.
    """
    match _said(group, model, "teacher_outputs"):
        case None:
            return recipe.augment.recurs and recipe.epochs >= recipe.augment.num_views
        case said:
            return said == "stored"


def _student(
    spec: Spec, title: str, transfer: Transfer, student: str, point: Point | None = None
) -> dict[RunName, Run]:
    name, exception = (student, point.name if point else title), transfer.except_.get(student)
    objective = (exception and exception.objective) or transfer.objective
    share = transfer.share if exception is None or exception.share is None else exception.share
    network = network_of(spec, student)
    recipe = recipe_of(spec, network, transfer.recipe, exception and exception.recipe, point=point)
    objective = point.objective(objective) if point else objective
    return {
        name: DeclaredRun(
            name=name,
            path=("sweeps" if point else "transfers", title),
            network=network,
            model=spec.models[network],
            recipe=_of_objective(spec, recipe, objective),
            objective=objective,
            teacher=teacher_of(spec, transfer, student),
            share=share,
            share_frozen=_said(transfer, student, "shared") == "frozen",
            stored=_stored(transfer, student, recipe),
            teacher_seed=transfer.teacher_seed,
        )
    }


def _control(
    spec: Spec, title: str, control: Control, row: str, point: Point | None = None
) -> dict[RunName, Run]:
    """``row``: the model; or a pair, whose student it is, and whose row shows it."""
    name, exception = (row, point.name if point else title), control.except_.get(row)
    network = network_of(spec, row)
    recipe = recipe_of(spec, network, control.recipe, exception and exception.recipe, point=point)
    return {
        name: DeclaredRun(
            name=name,
            path=("sweeps" if point else "controls", title),
            network=network,
            model=spec.models[network],
            recipe=_made(spec, recipe),
            objective=OBJECTIVES["labels"],
        )
    }
