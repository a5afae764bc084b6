"""What would fail, or mislead, after hours of training: circles, shapes, objectives, ensembles of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from banc.config.data import validation_misfit
from banc.config.model import stem_of
from banc.config.objective import needs_one_label, needs_teacher, needs_whole_step, warm_up
from banc.config.size import too_large
from banc.language.check_members import check_members
from banc.language.codes import Code
from banc.language.declared import DeclaredEnsemble, DeclaredImport, DeclaredRun, Run, RunName, upstream
from banc.language.fault import Fault
from banc.language.positions import KeyPath, Span
from banc.language.said import group_path, place_of, swept_place
from banc.language.source import Source
from banc.language.spec import Spec
from banc.stage.kinds import SharedLayer


def check_experiment(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """Faults of the runs themselves."""
    image = spec.data.shape
    if reason := validation_misfit(spec.data):
        yield source.fault(Code.VALIDATION_SIZE, ("data", "validation"), reason)
    for name, model in spec.models.items():
        if reason := model.misfit(image):
            yield source.fault(Code.DOES_NOT_FIT, ("models", name), f"`{name}`: {reason}")
        elif reason := too_large(model, image):
            yield source.fault(Code.TOO_LARGE, ("models", name), f"`{name}`: {reason}")
    circles = list(_circle(source, runs))
    yield from circles
    if not circles:
        yield from check_members(source, spec, runs)
    yield from _shared_in_vain(source, spec)
    seen = set[tuple[Code, Span]]()
    of_groups = set[tuple[Code, KeyPath, str]]()
    for run in runs.values():
        for fault in _of_run(source, spec, runs, run):
            # Generations repeat what is wrong with their lineage, and a sweep what is wrong with its group.
            of_group = fault.code, group_path(spec, run) if isinstance(run, DeclaredRun) else (), run.name[0]
            if run.path[0] == "sweeps" and of_group in of_groups:
                continue
            of_groups.add(of_group)
            if (fault.code, fault.span) not in seen:
                seen.add((fault.code, fault.span))
                yield fault


def _circle(source: Source, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    try:
        TopologicalSorter({name: upstream(run) for name, run in runs.items()}).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        names = [f"`{'/'.join(name)}`" for name in circle]
        names[9:-1] = ["..."] if len(names) > 10 else names[9:-1]
        message = "circular teachers: " + " learns from ".join(names)
        yield source.fault(Code.CIRCULAR, runs[circle[0]].path, message)


def _of_run(source: Source, spec: Spec, runs: Mapping[RunName, Run], run: Run) -> Iterator[Fault]:
    match run:
        case DeclaredRun():
            if run.teacher is not None and not needs_teacher(run.objective):
                message = f"`{run.name[1]}` has a teacher, but its objective ignores the teacher"
                yield source.fault(Code.NO_TEACHER_TERM, _objective_path(source, spec, run), message)
            yield from _augmentation(source, spec, run)
            if run.teacher is not None:
                yield from _objective(source, spec, run)
                yield from _sharing(source, spec, run, runs[run.teacher])
                yield from _teacher(source, spec, runs, run)
        case DeclaredEnsemble(members=(only,)) if (
            not run.across_seeds or len(spec.seeds) == 1 or isinstance(runs[only], DeclaredImport)
        ):
            message = f"`{run.name[1]}` of `{run.name[0]}` has `{only[1]}` as its only member"
            yield source.fault(Code.SINGLE_MEMBER, run.path, message)


def _augmentation(source: Source, spec: Spec, run: DeclaredRun) -> Iterator[Fault]:
    augment, least = run.recipe.augment, min(spec.data.shape.height, spec.data.shape.width)
    if augment.pad >= least:
        pad = augment.pad
        message = f"padding by {pad} pixels needs images larger than {pad} pixels; these have {least}"
        yield source.fault(
            Code.AUGMENTATION, place_of(source, spec, run, "recipe", "augment", "pad"), message
        )
    if augment.cutout >= least:
        message = f"a square of {augment.cutout} pixels can hide all of an image of {least}"
        yield source.fault(
            Code.AUGMENTATION, place_of(source, spec, run, "recipe", "augment", "cutout"), message
        )


def _objective(source: Source, spec: Spec, run: DeclaredRun) -> Iterator[Fault]:
    """Faults of an objective with the run's recipe."""
    recipe, kind, name = run.recipe, run.objective.KIND, "/".join(run.name)
    path = _objective_path(source, spec, run)
    if needs_whole_step(run.objective) and recipe.micro_batch and recipe.micro_batch < recipe.batch:
        message = (
            f"`{kind}` compares all {recipe.batch} images of a step, and `{name}` shows its network "
            f"{recipe.micro_batch} at a time"
        )
        swept = swept_place(spec, run, ("recipe", "micro_batch"), ("recipe", "batch"), ("objective", "intra"))
        yield source.fault(Code.SPLIT_STEP, swept or path, message)
    if recipe.augment.mixup and needs_one_label(run.objective):
        message = f"`{kind}` asks for one label an image, and `{name}` is shown mixtures of two"
        swept = swept_place(spec, run, ("recipe", "augment", "mixup"))
        yield source.fault(Code.MIXED_LABELS, swept or path, message)
    if warm_up(run.objective) > recipe.epochs:
        message = (
            f"`{kind}` gets its full weight after {warm_up(run.objective)} epochs, and `{name}` has "
            f"{recipe.epochs}"
        )
        swept = swept_place(spec, run, ("objective", "warm_up"), ("recipe", "epochs"))
        yield source.fault(Code.WARM_UP, swept or path, message)


def _teacher(source: Source, spec: Spec, runs: Mapping[RunName, Run], run: DeclaredRun) -> Iterator[Fault]:
    """An ensemble of logits, or a seed's teacher of a run that is one for all seeds."""
    teacher, row = runs[run.teacher] if run.teacher else None, run.name[0]
    if isinstance(teacher, DeclaredEnsemble) and teacher.average == "logits":
        message = f"the teacher `{'/'.join(teacher.name)}` averages logits; students learn from probabilities"
        place = ("pairs", row, "teacher") if row in spec.pairs else place_of(source, spec, run, "teacher")
        yield source.fault(Code.LOGITS_TEACH, place, message)
    if teacher is not None and run.teacher_seed is not None and _is_one_for_all_seeds(runs, teacher):
        message = f"`teacher_seed` has no effect: `{'/'.join(teacher.name)}` is one for all seeds"
        place = (*group_path(spec, run), "teacher_seed")
        yield source.fault(Code.TEACHER_SEED, place, message, at_key=True)


def _is_one_for_all_seeds(runs: Mapping[RunName, Run], run: Run) -> bool:
    match run:
        case DeclaredRun():
            return False
        case DeclaredImport():
            return True
        case DeclaredEnsemble(members=members):
            return run.across_seeds or all(_is_one_for_all_seeds(runs, runs[member]) for member in members)


def _objective_path(source: Source, spec: Spec, run: DeclaredRun) -> KeyPath:
    """Where the spec says what a run minimises: for its generation, where generations differ."""
    of_generations: KeyPath = (*group_path(spec, run), "objectives")
    place = place_of(source, spec, run, "objective")
    if of_generations in source.positions.values and place not in source.positions.values:
        return (*of_generations, int(run.name[1].rpartition("-")[2]) - 1)
    return place


def _shared_in_vain(source: Source, spec: Spec) -> Iterator[Fault]:
    """`shared` says something about the layers of `share`."""
    for name, transfer in spec.transfers.items():
        group: KeyPath = ("transfers", name)
        message = "`shared` has no effect here: no `share` names the layers that it is about"
        shares = [transfer.share]
        for model, changes in transfer.except_.items():
            shares.append(transfer.share if changes.share is None else changes.share)
            if changes.shared is not None and not shares[-1]:
                path = (*group, "except", model, "shared")
                yield source.fault(Code.NOTHING_SHARED, path, message, at_key=True)
        if (*group, "shared") in source.positions.keys and not any(shares):
            yield source.fault(Code.NOTHING_SHARED, (*group, "shared"), message, at_key=True)


def _sharing(source: Source, spec: Spec, run: DeclaredRun, teacher: Run) -> Iterator[Fault]:
    path = place_of(source, spec, run, "share")
    if isinstance(teacher, DeclaredEnsemble):
        if run.share:
            message = f"the teacher `{'/'.join(teacher.name)}` is an ensemble"
            yield source.fault(Code.SHARE_ENSEMBLE, path, message)
        return
    for part in run.share:
        ours, theirs = _width(run, part), _width(teacher, part)
        if ours is None or theirs is None:
            own = run if ours is None else teacher
            message = (
                f"`{own.name[0]}` is of the family `{own.model.FAMILY}`: which of its layers is the `{part}` "
                "is not known"
            )
            yield source.fault(Code.UNKNOWN_LAYERS, path, message)
        elif ours != theirs:
            message = (
                f"`{part}` of `{run.name[0]}` has {ours} channels, that of its teacher "
                f"`{teacher.name[0]}` {theirs}"
            )
            yield source.fault(Code.SHARED_SHAPES, path, message)
        elif part == "stem" and stem_of(run.model) != stem_of(teacher.model):
            message = (
                f"`stem` of `{run.name[0]}` is {stem_of(run.model)}, that of its teacher "
                f"`{teacher.name[0]}` {stem_of(teacher.model)}"
            )
            yield source.fault(Code.SHARED_SHAPES, path, message)


def _width(run: DeclaredRun | DeclaredImport, part: SharedLayer) -> int | None:
    """The channels that tell a layer's shape, among layers of one kind; images and classes are the same.

    None of a network whose layers are not known.
    """
    match part:
        case "stem":
            return run.model.stem_channels
        case "classifier":
            return run.model.features
