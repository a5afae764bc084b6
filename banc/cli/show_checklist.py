"""The paragraphs that conference checklists ask for, written from what the workspace knows.

In: a linked graph, its table with numbers, and how long stages took. Out: Markdown. What the workspace does
not know it does not say, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from banc.cli.show_costs import duration
from banc.cli.show_recipe import recipe
from banc.cli.words import count, of_seeds
from banc.digest import Json
from banc.graph.graph import Graph
from banc.printable import one_line
from banc.report.cells import FilledTable, MeasuredCell
from banc.report.statistics.holm import LEAST, LEVEL
from banc.stage.address import parameters
from banc.stage.energy import Energy, watt_hours
from banc.stage.kinds import Address, Data, Import, Predict, Train
from banc.stage.layout import Layout
from banc.stage.timing import Timing


@frozen
class Facts:
    """What the paragraphs are written from."""

    spec: str
    """Its path in the workspace."""
    graph: Graph
    """Of this spec alone."""
    table: FilledTable
    timings: Mapping[Address, Timing]
    """The latest of each stage that ran in this workspace, or that were brought along."""
    energies: Mapping[str, Energy]
    """What these drew, as far as it is known."""
    made_with: Sequence[Mapping[str, Json]]
    """Of each network that is here: versions and device."""


def checklist(facts: Facts) -> str:
    """A heading and a paragraph for each question; ends with a newline."""
    title = one_line(facts.table.layout.title)
    parts = [
        f"# {title}",
        "## What varies between runs",
        _varies(facts),
        "## Numbers and intervals",
        " ".join(_numbers(facts.table)),
        "## Data",
        " ".join(_data(facts)),
        "## Training",
        "\n".join(_training(facts)),
        "## Hardware and compute",
        "\n".join(_compute(facts)),
        "## Reproduction",
        _reproduction(facts),
    ]
    return "\n\n".join(parts) + "\n"


def _trainings(graph: Graph) -> dict[Address, Train]:
    return {
        address: linked.stage for address, linked in graph.stages.items() if isinstance(linked.stage, Train)
    }


def _varies(facts: Facts) -> str:
    trainings = _trainings(facts.graph).values()
    seeds = sorted(set(facts.table.layout.seed_of.values()))
    if not trainings:
        return "No network is trained here."
    augment = {training.recipe.augment for training in trainings}
    shown = [
        words
        for words, any_has in (
            (
                "the random views (crops, flips) of training images",
                any(views.num_views > 1 for views in augment),
            ),
            ("the squares of cutout", any(views.cutout for views in augment)),
            ("the partners and shares of mixup", any(views.mixup for views in augment)),
        )
        if any_has
    ]
    dropout = any(getattr(training.model, "dropout", 0) for training in trainings)
    drawn = [
        "the first weights",
        "the order of images",
        *shown,
        *(["the masks of dropout"] if dropout else []),
    ]
    imported = any(isinstance(stage.stage, Import) for stage in facts.graph.stages.values())
    learn = any(training.teacher_outputs or training.teachers for training in trainings)
    return (
        f"Runs were repeated with {count(len(seeds), 'seed')}: {of_seeds(seeds)}. A seed determines "
        f"{', '.join(drawn[:-1])} and {drawn[-1]}. Training and test images are the same for "
        "all seeds."
        + (
            " A student has another seed than its teacher, and students of one seed and generation share "
            "first weights, order and views."
            if learn
            else ""
        )
        + _one_teacher(facts.table.layout)
        + (" Networks that were trained elsewhere are one for all seeds." if imported else "")
    )


def _one_teacher(layout: Layout) -> str:
    """Whose spread over seeds is not that of their teachers, where a spec says ``teacher_seed``."""
    seed_of = layout.seed_of
    others = {
        seed_of[teacher]
        for student, teacher in layout.teachers.items()
        if student in seed_of and teacher in seed_of and seed_of[student] != seed_of[teacher]
    }
    if not others:
        return ""
    return (
        f" Some students of every seed learn from one teacher, that of {of_seeds(sorted(others))}: what "
        "varies between them is not their teacher."
    )


def _numbers(table: FilledTable) -> Iterable[str]:
    cells = [cell for cell in table.cells.values() if isinstance(cell, MeasuredCell)]
    images = {metrics.images for metrics in table.results.values()}
    part = table.layout.on
    test = f" over all {max(images):,} {part} images" if images else ""
    yield f"Every number is that of the last epoch{test}; no epoch and no seed was chosen by its error."
    spreads = {
        "std": "sample standard deviation",
        "standard-error": "standard error of the mean",
        "interval": "95 % interval of the mean by Student's t",
    }
    finished = {cell.n for cell in cells}
    if finished:
        n = f"{min(finished)}" if len(finished) == 1 else f"{min(finished)} to {max(finished)}"
        yield f"Cells show the mean and the {spreads[table.layout.spread]} over n = {n} seeds."
    if table.comparisons:
        differences = [comparison.difference for comparison in table.comparisons]
        paired = (
            f"seeds and {part} images" if any(difference.images for difference in differences) else "seeds"
        )
        bootstrap = (
            "95 % intervals from a two-way bootstrap with 10,000 draws and Student's quantiles for n - 1 "
            "degrees of freedom"
        )
        test = "Student's paired test" if paired == "seeds" else bootstrap
        yield (
            f"Differences are paired over {paired}: {test}, with Holm's correction over "
            f"{count(len(differences), 'difference')} at {100 * LEVEL:.0f} %. Bold is the best and all that "
            "cannot be told apart from it."
        )
    elif cells:
        yield f"With fewer than {LEAST} seeds no difference is claimed to be more than chance."


def _data(facts: Facts) -> Iterable[str]:
    for linked in facts.graph.stages.values():
        if isinstance(linked.stage, Data):
            source = linked.stage.source
            train, test = source.sizes
            shape = source.shape
            held_out = f"{train:,} training, {source.validation:,} validation and {test:,} test images"
            images = held_out if source.validation else f"{train:,} training and {test:,} test images"
            yield (
                f"`{one_line(source.slug)}`: {images} of {shape.height}x{shape.width} pixels in "
                f"{shape.classes} classes."
            )
            if facts.table.layout.on == "validation":
                yield "The reported numbers are of the validation images, and of no test image."
            else:
                yield "banc used the test images for the reported numbers alone."
            if source.validation:
                yield "No network was trained on the validation images."


def _training(facts: Facts) -> Iterable[str]:
    yield f"All settings stand in `{one_line(facts.spec)}`. The recipes, after all changes:"
    yield ""
    by_recipe: dict[str, set[str]] = {}
    for stage in _trainings(facts.graph).values():
        by_recipe.setdefault(recipe(parameters(stage)), set()).add(stage.model.slug)
    for text, models in sorted(by_recipe.items()):
        yield f"- {', '.join(f'`{one_line(model)}`' for model in sorted(models))}: {text}"
    yield ""
    yield (
        "Which other settings were tried before these is not recorded here: say how they were found, and "
        "what that cost."
    )


def _compute(facts: Facts) -> Iterable[str]:
    trainings = _trainings(facts.graph)
    timed = {address: facts.timings[address] for address in trainings if address in facts.timings}
    if not timed:
        yield "How long the trainings took is not known in this workspace: they ran elsewhere."
        return
    devices = sorted({str(timing.device) for timing in timed.values()})
    yield f"The trainings ran on {'; '.join(one_line(device) for device in devices)}."
    if len(timed) < len(trainings):
        yield (
            f"Of {count(len(trainings), 'training')}, {len(timed)} ran in this workspace; the times below "
            "are theirs alone."
        )
    yield ""
    yield "| Network | Trainings | Each, mean | least to most | Together |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    by_model: dict[str, list[float]] = {}
    for address, timing in timed.items():
        by_model.setdefault(trainings[address].model.slug, []).append(timing.whole)
    for model, several in sorted(by_model.items()):
        span = f"{duration(min(several))} to {duration(max(several))}"
        mean, total = duration(sum(several) / len(several)), duration(sum(several))
        yield f"| {one_line(model)} | {len(several)} | {mean} | {span} | {total} |"
    stores = [
        facts.timings[address].whole
        for address, linked in facts.graph.stages.items()
        if isinstance(linked.stage, Predict) and address in facts.timings
    ]
    rest = [timing.whole for address, timing in facts.timings.items() if address not in timed]
    whole = duration(sum(timing.whole for timing in timed.values()) + sum(rest))
    storing = f", of which {duration(sum(stores))} for stored outputs of teachers" if stores else ""
    yield ""
    yield (
        f"All stages together: {whole}{storing}. These are times of the stages themselves; "
        "runs that failed, or that another spec needed, are not among them."
    )
    yield ""
    yield _energy(facts)


def _energy(facts: Facts) -> str:
    known = [facts.energies[address] for address in facts.timings if address in facts.energies]
    if not known:
        return "How much energy that took is not known: no counter of it could be read."
    parts = [
        f"{watt_hours(sum(joules))} of {device} in {count(len(joules), 'stage')}"
        for device, joules in (
            ("GPUs", [energy.gpus for energy in known if energy.gpus is not None]),
            ("CPUs with their memory", [energy.cpus for energy in known if energy.cpus is not None]),
        )
        if joules
    ]
    missing = len(facts.timings) - len(known)
    return (
        f"Energy, by the counters of the devices: {'; '.join(parts)}. "
        + (f"What {count(missing, 'stage')} drew is not known. " if missing else "")
        + "Counters are of whole devices, with what else ran on them; stages that ran on one at once have "
        "equal shares. Cooling, power supplies and other parts of the machines are not in it."
    )


def _reproduction(facts: Facts) -> str:
    versions = sorted(
        {
            f"{key} {one_line(str(made[key]))}"
            for made in facts.made_with
            for key in ("python", "torch", "numpy")
            if key in made
        }
    )
    made = f" The networks were made with {', '.join(versions)}." if versions else ""
    where = one_line(facts.spec)
    return (
        f"`banc compile {where} && dvc repro && banc report {where}` makes everything again, and "
        f"`banc verify` compares with what is here.{made} Orders, views and masks are functions of the seed; "
        "trainings whose recipe says `deterministic` end in the same bytes on the same machine."
    )
