"""Which runs a spec declares, and what each of them is."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from banc.config.objective import OBJECTIVES, Distill
from banc.config.recipe import PRESETS, Augmentation, Recipe
from banc.language.declare import declare, recipe_of
from banc.language.declared import DeclaredEnsemble, DeclaredRun, RunName
from banc.language.references import run_name, select, shown
from banc.language.spec import Spec

Read = Callable[[str], Spec]
PRESET = PRESETS["wide-resnet"]


def spec_of(small: str, read: Read, more: str, columns: str = "") -> Spec:
    """The small spec with more between its lineage and its table, and more columns."""
    head, table = small.split("[table]")
    if "wide" in more:
        table = table.replace('rows    = "net"', 'rows    = ["net", "wide"]')
    table = table.replace(
        '"ban-2"]', ", ".join(['"ban-2"', *(f'"{column}"' for column in columns.split())]) + "]"
    )
    return read(f"{head}{more}\n[table]{table}")


def test_a_lineage_is_a_teacher_and_its_generations(small: str, read: Read) -> None:
    runs = declare(read(small))
    assert list(runs) == [("net", "teacher"), ("net", "ban-1"), ("net", "ban-2")]
    teacher, first, second = (run for run in runs.values() if isinstance(run, DeclaredRun))
    assert (teacher.objective, teacher.teacher) == (OBJECTIVES["labels"], None)
    assert (first.objective, first.teacher) == (OBJECTIVES["ban-l"], ("net", "teacher"))
    assert second.teacher == ("net", "ban-1")
    assert teacher.recipe == first.recipe == PRESET


def test_exceptions_of_a_lineage(small: str, read: Read) -> None:
    more = 'except.net = { generations = 1, objective = { kind = "distill", temperature = 4 } }\n'
    text = small.replace(', "ban-2"]', "]")
    runs = declare(read(text.replace("[table]", f"{more}[table]")))
    assert list(runs) == [("net", "teacher"), ("net", "ban-1")]
    assert runs["net", "ban-1"].objective == Distill(temperature=4.0)  # type: ignore[union-attr]


TRANSFER = """
[transfers.moved]
teacher  = "net/ban-1"
students = "wide"
objective = "ban"
"""


def test_a_transfer_has_a_teacher_of_another_model(small: str, read: Read) -> None:
    runs = declare(spec_of(small, read, TRANSFER, "moved"))
    moved = runs["wide", "moved"]
    assert isinstance(moved, DeclaredRun)
    assert (moved.teacher, moved.objective) == (("net", "ban-1"), OBJECTIVES["ban"])
    assert (moved.share, moved.share_frozen) == ((), True)
    assert ("wide", "teacher") not in runs, "nobody asked for its baseline"


def test_a_baseline_is_a_teacher_that_has_no_students(small: str, read: Read) -> None:
    runs = declare(spec_of(small, read, TRANSFER + "baseline = true", "moved"))
    baseline = runs["wide", "teacher"]
    assert isinstance(baseline, DeclaredRun)
    assert (baseline.objective, baseline.teacher) == (OBJECTIVES["labels"], None)
    head = spec_of(small.replace("seeds  =", 'baselines = "wide"\nseeds  ='), read, TRANSFER, "moved")
    assert attrs.evolve(baseline, path=("baselines",)) == declare(head)["wide", "teacher"]


def test_one_student_can_do_without_a_baseline(small: str, read: Read) -> None:
    more = TRANSFER.replace('"wide"', '["wide", "net"]') + "baseline = true\nexcept.net.baseline = false\n"
    runs = declare(spec_of(small.replace("[lineages", "[lineages"), read, more, "moved"))
    assert {name for name in runs if name[1] == "teacher"} == {("net", "teacher"), ("wide", "teacher")}
    more = more.replace("except.net", "except.wide")
    assert ("wide", "teacher") not in declare(spec_of(small, read, more, "moved"))


def test_sharing_and_its_exceptions(small: str, read: Read) -> None:
    more = """
[transfers.moved]
teacher  = "net"
students = ["net"]
share    = ["stem", "classifier"]
shared   = "trained"
except.net = { share = ["stem"], shared = "frozen" }
"""
    run = declare(spec_of(small, read, more, "moved"))["net", "moved"]
    assert isinstance(run, DeclaredRun)
    assert (run.share, run.share_frozen) == (("stem",), True)
    without = more.replace('["stem"], shared = "frozen"', "[]")
    run = declare(spec_of(small, read, without, "moved"))["net", "moved"]
    assert isinstance(run, DeclaredRun)
    assert (run.share, run.share_frozen) == ((), False)


def test_ensembles_and_their_exceptions(small: str, read: Read) -> None:
    more = """
[lineages.also]
models = "wide"
generations = 1

[ensembles.ens]
of = ["ban", "also"]
members = ["ban-1", "ban-2"]
except.wide = ["baseline", "also-1", "net/ban-2"]
"""
    runs = declare(spec_of(small, read, more, "also-1 ens"))
    assert runs["net", "ens"] == DeclaredEnsemble(
        ("net", "ens"), ("ensembles", "ens", "members"), (("net", "ban-1"), ("net", "ban-2")), False
    )
    wide = runs["wide", "ens"]
    assert isinstance(wide, DeclaredEnsemble)
    assert wide.members == (("wide", "teacher"), ("wide", "also-1"), ("net", "ban-2"))


@pytest.mark.parametrize(
    ("reference", "model", "name"),
    [
        ("net", None, ("net", "teacher")),
        ("net/ban-1", None, ("net", "ban-1")),
        ("net/baseline", None, ("net", "teacher")),
        ("ban-1", "wide", ("wide", "ban-1")),
        ("baseline", "wide", ("wide", "teacher")),
        ("teacher", "wide", ("wide", "teacher")),
        ("net/ban-1", "wide", ("net", "ban-1")),
    ],
)
def test_references(small: str, read: Read, reference: str, model: str | None, name: RunName) -> None:
    assert run_name(read(small), reference, model) == name


PAIRS = """
[pairs]
"net -> wide"   = { teacher = "net", student = "wide" }
"ban-1 -> wide" = { teacher = "net/ban-1", student = "wide" }
[transfers.soft]
students  = ["net -> wide", "ban-1 -> wide"]
objective = "ban"
baseline  = true
except."net -> wide".objective = "cwtm"
[ensembles.both]
of      = "soft"
members = ["soft", "baseline"]
"""


def test_a_pair_has_a_teacher_of_its_own(small: str, read: Read) -> None:
    runs = declare(read(with_pairs(small)))
    first, second = runs["net -> wide", "soft"], runs["ban-1 -> wide", "soft"]
    assert isinstance(first, DeclaredRun)
    assert isinstance(second, DeclaredRun)
    assert (first.teacher, second.teacher) == (("net", "teacher"), ("net", "ban-1"))
    assert first.model == second.model
    assert (first.network, second.network) == ("wide", "wide")
    assert (first.objective, second.objective) == (OBJECTIVES["cwtm"], OBJECTIVES["ban"])
    assert {name for name in runs if name[1] == "teacher"} == {("net", "teacher"), ("wide", "teacher")}


def test_in_a_pairs_row_teacher_is_the_teacher_and_baseline_the_student_alone(small: str, read: Read) -> None:
    spec = read(with_pairs(small))
    row = [shown(spec, "ban-1 -> wide", column) for column in ("teacher", "baseline", "soft", "both")]
    assert row == [
        ("net", "ban-1"),
        ("wide", "teacher"),
        ("ban-1 -> wide", "soft"),
        ("ban-1 -> wide", "both"),
    ]
    both = declare(spec)["ban-1 -> wide", "both"]
    assert isinstance(both, DeclaredEnsemble)
    assert both.members == (("ban-1 -> wide", "soft"), ("wide", "teacher"))


def with_pairs(small: str) -> str:
    head, _ = small.replace("generations = 2", "generations = 1").split("[table]")
    table = 'rows = "soft"\ncolumns = ["parameters", "teacher", "baseline", "soft", "both"]\n'
    return f"{head}{PAIRS}[table]\n{table}"


def test_a_teacher_may_be_named_with_its_column(small: str, read: Read) -> None:
    """Whether `wide` or `wide/teacher`: it is trained, and nobody else has to ask for it."""
    for teacher in ("wide", "wide/teacher", "wide/baseline"):
        more = TRANSFER.replace("net/ban-1", teacher)
        runs = declare(spec_of(small, read, more, "moved"))
        assert ("wide", "teacher") in runs


def test_a_selection_lists_each_model_once(small: str, read: Read) -> None:
    spec = spec_of(small, read, TRANSFER, "moved")
    assert select(spec, ["moved", "ban", "wide", "net"]) == ("wide", "net")
    assert select(spec, []) == ()


# Recipes: preset < recipe < its exception < the group's < the group's exception.

LAYERS = [
    ("recipe", "recipe = { epochs = 11, augment = { pad = 1 } }"),
    (
        "exception",
        "recipe = { epochs = 11, except = { wide = { epochs = 22, augment = { flip = false } } } }",
    ),
]


def text_of(small: str, *layers: str, group: str = "transfer") -> str:
    recipe = {"preset": "", "recipe": "epochs = 11, batch = 11, ", "model": "except.wide = { epochs = 22 }, "}
    said = "{ " + "".join(recipe[layer] for layer in layers if layer in recipe).rstrip(", ") + " }"
    below = ""
    if "group" in layers:
        below += "recipe = { epochs = 33, momentum = 0.3 }\n"
    if "group model" in layers:
        below += "except.wide.recipe = { epochs = 44 }\n"
    if group == "transfer":
        more = '[transfers.moved]\nteacher = "net"\nstudents = "wide"\nbaseline = true\n' + below
    else:
        more = '[lineages.moved]\nmodels = "wide"\ngenerations = 1\n' + below
    head, table = small.replace('"wide-resnet"\nseeds', f"{said}\nseeds").split("[table]")
    column = "moved" if group == "transfer" else "moved-1"
    table = table.replace('rows    = "net"', 'rows = ["net", "wide"]').replace(
        '"ban-2"]', f'"ban-2", "{column}"]'
    )
    return f"{head}{more}\n[table]{table}"


@pytest.mark.parametrize("group", ["transfer", "lineage"])
@pytest.mark.parametrize(
    ("layers", "student", "teacher"),
    [
        (["preset"], 200, 200),
        (["recipe"], 11, 11),
        (["model"], 22, 22),
        (["recipe", "model"], 22, 22),
        (["recipe", "model", "group"], 33, 22),
        (["recipe", "model", "group", "group model"], 44, 22),
        (["group"], 33, 200),
        (["group model"], 44, 200),
        (["recipe", "group model"], 44, 11),
    ],
)
def test_which_recipe_wins(
    small: str, read: Read, group: str, layers: list[str], student: int, teacher: int
) -> None:
    runs = declare(read(text_of(small, *layers, group=group)))
    run = runs["wide", "moved" if group == "transfer" else "moved-1"]
    on_labels, other = runs["wide", "teacher"], runs["net", "teacher"]
    assert isinstance(run, DeclaredRun)
    assert isinstance(on_labels, DeclaredRun)
    assert isinstance(other, DeclaredRun)
    assert run.recipe.epochs == student
    assert on_labels.recipe.epochs == teacher, "a student's recipe is not its teacher's"
    assert other.recipe.epochs == (11 if "recipe" in layers else 200), "an exception is for one model"
    assert run.recipe.batch == (11 if "recipe" in layers else 128), "what is not said again stays"
    assert run.recipe.momentum == (0.3 if "group" in layers else 0.9)


def test_an_exception_changes_single_fields_of_a_table(small: str, read: Read) -> None:
    recipe = '{ preset = "densenet", augment.pad = 2, except.wide.augment.flip = false }'
    spec = read(small.replace('"wide-resnet"\nseeds', f"{recipe}\nseeds"))
    expected: Recipe = attrs.evolve(PRESETS["densenet"], augment=Augmentation(pad=2, flip=True))
    assert recipe_of(spec, "net") == expected
    assert recipe_of(spec, "wide") == attrs.evolve(expected, augment=Augmentation(pad=2, flip=False))


def test_what_means_nothing_for_all_means_something_for_one(small: str, read: Read) -> None:
    """One spelling is found at the end, after all changes: before, something would be lost."""
    said = "momentum = 0\ndrop_factor = 1\nmicro_batch = 128\n"
    wide = "except.wide = { momentum = 0.5, drop_factor = 0.5, batch = 256 }\n"
    text = small.replace('recipe = "wide-resnet"\n', "").replace(
        "[models]", f"[recipe]\n{said}{wide}[models]"
    )
    spec = read(text)
    net, other = recipe_of(spec, "net"), recipe_of(spec, "wide")
    assert (net.nesterov, net.drop_at, net.drop_factor, net.micro_batch) == (False, (), 1.0, None)
    assert (other.nesterov, other.drop_at, other.drop_factor) == (True, PRESET.drop_at, 0.5)
    assert (other.batch, other.micro_batch) == (256, 128)


def test_smoothing_means_nothing_to_who_learns_no_labels(small: str, read: Read) -> None:
    """So that its address is that of a run without."""
    text = small.replace('recipe = "wide-resnet"', "recipe = { label_smoothing = 0.1 }")
    runs = declare(read(text.replace("generations = 2", 'generations = 2\nobjective = "ban"')))
    smoothed = {column: run.recipe.label_smoothing for (_, column), run in runs.items()}  # type: ignore[union-attr]
    assert smoothed == {"teacher": 0.1, "ban-1": 0.0, "ban-2": 0.0}
    runs = declare(read(text))
    assert {run.recipe.label_smoothing for run in runs.values()} == {0.1}  # type: ignore[union-attr]
