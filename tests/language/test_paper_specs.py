"""The papers' five specs: the numbers that the papers print, and the experiments that they say.

``published.toml`` and the tables below are copied from the papers by hand, and from no spec.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import frozen

from banc.config.data import Cifar10, Cifar100
from banc.config.matched import MatchDenseNet, MatchPreResNet, MatchWideResNet
from banc.config.model import Model
from banc.config.objective import ConfidenceWeighted, Distill, Labels, Objective, PermutedTeacher
from banc.config.recipe import Augmentation, Recipe
from banc.config.textbook import DenseNetBC, PreResNet, WideResNet
from banc.graph.expand import expand
from banc.graph.experiment import Experiment, SeededName
from banc.language.load import load
from banc.stage.kinds import SharedLayer

PRINTED = {
    "table1": ("2017", "table1", {"baseline": "teacher"}),
    "table2": ("2017", "table2", {}),
    "cifar10": ("2018", "cifar10", {"ban": "ban-1"}),
    "treatments": (
        "2018",
        "cifar100",
        {"ban": "plain-1", "ban-l": "ban-l-1", "cwtm": "cwtm-1", "dkpp": "dkpp-1"},
    ),
    "wide-resnet": ("2018", "wide-resnet", {"ban": "ban-1"}),
}
"""Each spec: the paper, its table, and columns that are called otherwise there."""


@frozen
class Network:
    """A trained network: what it is, and what it learned from."""

    model: Model
    objective: Objective
    teacher: Network | None = None
    shared: frozenset[SharedLayer] = frozenset()
    """Layers that are the teacher's."""
    frozen: bool = False
    """Whether these stay as they are."""


@frozen
class Mean:
    """An ensemble: the mean of what its members predict."""

    members: tuple[Network, ...]


Cell = Network | Mean
Rows = Mapping[str, Mapping[str, Cell]]
"""By the row's name and the column's heading, both as printed. No entry where the paper has no number."""

# 2017, section 3: "the same setting of wide-ResNet", for teachers and students alike.
SETTING = Recipe(
    epochs=200,
    batch=128,
    learning_rate=0.1,
    drop_at=(0.3, 0.6, 0.8),
    drop_factor=0.2,
    momentum=0.9,
    nesterov=True,
    weight_decay=0.0005,
    augment=Augmentation(pad=4, flip=True),
)

TEACHER_ALONE = Distill(temperature=1, labels=0, teacher=1)
LABELS_AND_TEACHER = Distill(temperature=1, labels=1, teacher=1)


def dense(depth: int, growth: int) -> Network:
    return Network(DenseNetBC(depth, growth, third_transition=True), Labels())


def wide(widening: int) -> Network:
    """A Wide-ResNet-28, the only network that drops out."""
    return Network(WideResNet(28, widening, dropout=0.3), Labels())


def student(teacher: Network, objective: Objective, model: Model | None = None) -> Network:
    """Of the teacher's own shape, unless a model is named. Shares nothing."""
    return Network(model or teacher.model, objective, teacher)


DENSE_112_33, DENSE_90_60, DENSE_80_80, DENSE_80_120 = (
    dense(112, 33),
    dense(90, 60),
    dense(80, 80),
    dense(80, 120),
)
WIDE_1, WIDE_2, WIDE_5, WIDE_10 = wide(1), wide(2), wide(5), wide(10)


def sequence(teacher: Network, objective: Objective, first: str, *, third: bool = True) -> dict[str, Cell]:
    """A teacher under the heading ``first``, its generations and their ensembles, as in Table 1 of 2017.

    Where no BAN-3 was trained, the teacher is a member of Ens*3.
    """
    ban_1 = student(teacher, objective)
    ban_2 = student(ban_1, objective)
    ban_3 = student(ban_2, objective)
    cells: dict[str, Cell] = {
        first: teacher, "BAN-1": ban_1, "BAN-2": ban_2,
        "Ens*2": Mean((ban_1, ban_2)), "Ens*3": Mean((teacher, ban_1, ban_2)),
    }  # fmt: skip
    return {**cells, "BAN-3": ban_3, "Ens*3": Mean((ban_1, ban_2, ban_3))} if third else cells


# 2017, equation 2; caption: "from the label loss and cross-entropy with respect to the model at its left".
TABLE_1: Rows = {
    "DenseNetBC-112-33": sequence(DENSE_112_33, LABELS_AND_TEACHER, "Baseline"),
    "DenseNetBC-90-60": sequence(DENSE_90_60, LABELS_AND_TEACHER, "Baseline"),
    "DenseNetBC-80-80": sequence(DENSE_80_80, LABELS_AND_TEACHER, "Baseline"),
    "DenseNetBC-80-120": sequence(DENSE_80_120, LABELS_AND_TEACHER, "Baseline", third=False),
}


def residual(model: Model) -> dict[str, Cell]:
    """2018, Table 5: first and last layer are the teacher's, and frozen. The baseline shares nothing."""
    ban = Network(model, LABELS_AND_TEACHER, DENSE_90_60, frozenset({"stem", "classifier"}), frozen=True)
    return {"Baseline": Network(model, Labels()), "BAN": ban}


def match_dense(units: int, input_ratio: float, growth_ratio: float) -> dict[str, Cell]:
    """2018, Table 4: nothing is shared; no baseline is printed."""
    model = MatchDenseNet(units, input_ratio, growth_ratio, DenseNetBC(90, 60, third_transition=True))
    return {"BAN": student(DENSE_90_60, LABELS_AND_TEACHER, model)}


def match_wide(units: int, ratio: float) -> dict[str, Cell]:
    return residual(MatchWideResNet(units, ratio, DenseNetBC(90, 60, third_transition=True)))


def match_pre(units: int, ratio: float) -> dict[str, Cell]:
    return residual(MatchPreResNet(units, ratio, DenseNetBC(90, 60, third_transition=True)))


TABLE_2: Rows = {
    "Pre-activation ResNet-1001": {"Baseline": Network(PreResNet(1001), Labels())},
    "Match-Pre-ResNet-14-0.5": match_pre(14, 0.5),
    "Match-Pre-ResNet-14-1": match_pre(14, 1),
    "Wide-ResNet-28-10": {"Baseline": wide(10)},
    "Wide-ResNet-28-20": {"Baseline": wide(20)},
    "Match-Wide-ResNet-1-1": match_wide(1, 1),
    "Match-Wide-ResNet-2-1": match_wide(2, 1),
    "Match-Wide-ResNet-4-0.5": match_wide(4, 0.5),
    "Match-Wide-ResNet-4-1": match_wide(4, 1),
    "Match-DenseNet-7-1-2": match_dense(7, 1, 2),
    "Match-DenseNet-14-0.5-1": match_dense(14, 0.5, 1),
    "Match-DenseNet-14-0.75-1.5": match_dense(14, 0.75, 1.5),
    "Match-DenseNet-14-1-3": match_dense(14, 1, 3),
    "Match-DenseNet-28-1-2": match_dense(28, 1, 2),
    "Match-DenseNet-42-1-2": match_dense(42, 1, 2),
    "Match-DenseNet-56-1-2": match_dense(56, 1, 2),
}


def treated(teacher: Network, *, third: bool = True) -> dict[str, Cell]:
    """2018, Table 2. The sequence learns from "cross-entropy with respect to the model at its left"."""
    return {
        **sequence(teacher, TEACHER_ALONE, "Teacher", third=third),
        "BAN": student(teacher, TEACHER_ALONE),
        "BAN+L": student(teacher, LABELS_AND_TEACHER),
        "CWTM": student(teacher, ConfidenceWeighted()),
        "DKPP": student(teacher, PermutedTeacher()),
    }


TREATMENTS: Rows = {
    "DenseNet-112-33": treated(DENSE_112_33),
    "DenseNet-90-60": treated(DENSE_90_60),
    "DenseNet-80-80": treated(DENSE_80_80),
    "DenseNet-80-120": treated(DENSE_80_120, third=False),
}


def born_again(teacher: Network) -> dict[str, Cell]:
    return {"Teacher": teacher, "BAN": student(teacher, TEACHER_ALONE)}


# 2018, Table 1.
CIFAR_10: Rows = {
    "Wide-ResNet-28-1": born_again(WIDE_1),
    "Wide-ResNet-28-2": born_again(WIDE_2),
    "Wide-ResNet-28-5": born_again(WIDE_5),
    "Wide-ResNet-28-10": born_again(WIDE_10),
    "DenseNet-112-33": born_again(DENSE_112_33),
    "DenseNet-90-60": born_again(DENSE_90_60),
    "DenseNet-80-80": born_again(DENSE_80_80),
    "DenseNet-80-120": born_again(DENSE_80_120),
}


def with_dense_student(teacher: Network) -> dict[str, Cell]:
    """2018, Table 3: "Wide-ResNet students trained from identical Wide-ResNet teachers and [...]
    DenseNet-90-60 students trained from Wide-ResNet teachers"."""
    return {**born_again(teacher), "Dense-90-60": student(teacher, TEACHER_ALONE, DENSE_90_60.model)}


WIDE_RESNET: Rows = {
    "Wide-ResNet-28-1": with_dense_student(WIDE_1),
    "Wide-ResNet-28-2": with_dense_student(WIDE_2),
    "Wide-ResNet-28-5": with_dense_student(WIDE_5),
    "Wide-ResNet-28-10": with_dense_student(WIDE_10),
}

EXPERIMENTS = {
    "table1": (Cifar100(), TABLE_1),
    "table2": (Cifar100(), TABLE_2),
    "treatments": (Cifar100(), TREATMENTS),
    "cifar10": (Cifar10(), CIFAR_10),
    "wide-resnet": (Cifar100(), WIDE_RESNET),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_who_learns_from_whom_is_what_the_paper_says(checkout: Path, name: str) -> None:
    data, rows = EXPERIMENTS[name]
    experiment = expand(load(checkout / "spec" / f"{name}.toml").spec, name)
    assert experiment.data == data
    assert experiment.rows == tuple(rows)
    said = cells(experiment)
    assert set(said) == {(row, heading) for row in rows for heading in rows[row]}
    for (row, heading), cell in said.items():
        assert cell == rows[row][heading], f"{row}, {heading}"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_network_is_trained_in_the_setting_of_wide_resnet(checkout: Path, name: str) -> None:
    experiment = expand(load(checkout / "spec" / f"{name}.toml").spec, name)
    assert {training.recipe for training in experiment.trainings} == {SETTING}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_no_student_has_the_seed_of_its_teacher(checkout: Path, name: str) -> None:
    trainings = {
        training.name: training
        for training in expand(load(checkout / "spec" / f"{name}.toml").spec, name).trainings
    }
    for training in trainings.values():
        assert training.seed not in {trainings[teacher].seed for teacher in training.teachers}


def cells(experiment: Experiment) -> dict[tuple[str, str], Cell]:
    """What stands in each cell of errors that has a run: by row and by the column's heading."""
    table = experiment.table
    ensembles = {pool.name: pool.members for pool in experiment.pools}
    trained = {training.name for training in experiment.trainings}
    seed = experiment.seeds[0]
    said: dict[tuple[str, str], Cell] = {}
    for row in experiment.rows:
        for column in table.columns:
            name = SeededName(*experiment.cells.get((row, column), (row, column)), seed)
            place = row, table.labels.get(column, column)
            if name in trained:
                said[place] = network(experiment, name)
            elif name in ensembles:
                said[place] = Mean(tuple(network(experiment, member) for member in ensembles[name]))
    return said


def network(experiment: Experiment, name: SeededName) -> Network:
    """A training with all that stands behind it."""
    (training,) = (training for training in experiment.trainings if training.name == name)
    assert len(training.teachers) <= 1, "no paper has an ensemble for a teacher"
    return Network(
        training.model,
        training.objective,
        network(experiment, training.teachers[0]) if training.teachers else None,
        frozenset(training.share),
        bool(training.share) and training.share_frozen,
    )


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        # The dense students shared layers, too.
        ("table2", 'shared    = "frozen"', 'share = ["stem", "classifier"]\nshared = "frozen"'),
        ("table2", 'shared    = "frozen"', 'shared = "trained"'),
        ("treatments", 'generations = 3\nobjective   = "ban"', 'generations = 3\nobjective = "ban-l"'),
        # A network of the row's own stood where the DenseNet-90-60 belongs.
        ("wide-resnet", '"DenseNet-90-60/from-28-5"', '"Wide-ResNet-28-5/ban-1"'),
        ("wide-resnet", '"DenseNet-90-60/from-28-5"', '"DenseNet-90-60/from-28-2"'),
        ("wide-resnet", 'teacher = "Wide-ResNet-28-5", ', 'teacher = "Wide-ResNet-28-2", '),
    ],
)
def test_a_slip_would_be_noticed(checkout: Path, tmp_path: Path, name: str, right: str, wrong: str) -> None:
    text = (checkout / "spec" / f"{name}.toml").read_text()
    assert text.count(right) == 1
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace(right, wrong))
    _, rows = EXPERIMENTS[name]
    said = cells(expand(load(path).spec, name))
    assert said.keys() == {(row, heading) for row in rows for heading in rows[row]}
    assert any(cell != rows[row][heading] for (row, heading), cell in said.items())


@pytest.mark.parametrize("name", PRINTED)
def test_every_printed_number_stands_in_the_spec(checkout: Path, name: str) -> None:
    paper, table, columns = PRINTED[name]
    expected = {
        row: {columns.get(column, column): number for column, number in numbers.items()}
        for row, numbers in published()[paper][table].items()
    }
    spec = load(checkout / "spec" / f"{name}.toml").spec
    assert {row: dict(numbers) for row, numbers in spec.table.published.items()} == expected


def published() -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """By paper, table, row and column."""
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text())


def test_the_copy_of_the_printed_numbers_is_true(checkout: Path) -> None:
    original = checkout.parent / "shared/paper/published.toml"
    if not original.is_file():
        pytest.skip(f"the table that `published.toml` is a copy of is not here: {original.name}")
    assert published() == tomllib.loads(original.read_text())


@pytest.mark.parametrize("name", PRINTED)
def test_a_table_of_the_paper_is_said_in_at_most_seventy_lines(checkout: Path, name: str) -> None:
    loaded = load(checkout / "spec" / f"{name}.toml")
    assert len(loaded.source.text.splitlines()) <= 70
    assert not loaded.warnings
