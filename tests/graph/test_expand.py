from __future__ import annotations

from collections.abc import Callable

import pytest

from banc.graph.expand import expand
from banc.graph.experiment import Experiment, SeededName, SeededRun
from banc.language.spec import Spec

ReadSpec = Callable[..., Spec]


def trainings(experiment: Experiment) -> dict[SeededName, SeededRun]:
    found = {training.name: training for training in experiment.trainings}
    assert len(found) == len(experiment.trainings)
    return found


def test_each_generation_has_a_seed_and_the_teacher_before_it(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 3 }
        [table]
        rows = "a"
        columns = ["teacher", "ban-1", "ban-2", "ban-3"]
    """)
    runs = trainings(expand(spec, "t"))
    for seed in (3, 5):
        line = [runs[SeededName("a", column, seed)] for column in ("teacher", "ban-1", "ban-2", "ban-3")]
        assert [run.seed for run in line] == [seed, seed + 1000, seed + 2000, seed + 3000]
        assert [run.teachers for run in line] == [(), *((run.name,) for run in line[:-1])]
    assert len(runs) == 8


def test_a_student_of_an_ensemble_learns_from_every_member(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 2 }
        [transfers]
        early = { teacher = "a/ens", students = "b" }
        [ensembles]
        ens = { of = "a", members = ["ban-2", "teacher"] }
        [table]
        rows = ["a", "b"]
        columns = ["early", "ban-1", "ens"]
    """)
    student = trainings(expand(spec, "t"))[SeededName("b", "early", 5)]
    assert student.teachers == (SeededName("a", "ban-2", 5), SeededName("a", "teacher", 5))
    # One generation after the latest of them.
    assert student.seed == 3005


def test_an_ensemble_of_ensembles_has_their_networks(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 2 }
        [ensembles]
        two  = { of = "a", members = ["teacher", "ban-1"] }
        more = { of = "a", members = ["ban-2", "two"] }
        [table]
        rows = "a"
        columns = ["teacher", "ban-1", "ban-2", "two", "more"]
    """)
    pools = {pool.name: pool.members for pool in expand(spec, "t").pools}
    assert [member.column for member in pools[SeededName("a", "more", 3)]] == ["ban-2", "teacher", "ban-1"]
    assert len(pools) == 4


def test_a_line_of_a_thousand_teachers_is_no_recursion(read_spec: ReadSpec) -> None:
    transfers = "\n".join(
        f't{k} = {{ teacher = "a/{f"t{k - 1}" if k else "teacher"}", students = "a" }}'
        for k in reversed(range(1200))
    )
    spec = read_spec(f'[transfers]\n{transfers}\n[table]\nrows = "a"\ncolumns = ["t1199"]\n')
    seeds = {training.name: training.seed for training in expand(spec, "t").trainings}
    assert seeds[SeededName("a", "t1199", 3)] == 1_200_003


def test_an_ensemble_across_seeds_is_one(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 1 }
        [ensembles]
        all = { of = "a", members = ["teacher", "ban-1"], across_seeds = true }
        [transfers]
        of-all = { teacher = "a/all", students = "b" }
        [table]
        rows = ["a", "b"]
        columns = ["teacher", "ban-1", "all", "of-all"]
    """)
    experiment = expand(spec, "t")
    (pool,) = experiment.pools
    everyone = {SeededName("a", column, seed) for column in ("teacher", "ban-1") for seed in (3, 5)}
    assert pool.name == SeededName("a", "all", None)
    assert set(pool.members) == everyone
    for seed in (3, 5):
        assert set(trainings(experiment)[SeededName("b", "of-all", seed)].teachers) == everyone


def test_a_teacher_stands_before_its_students(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [transfers]
        late  = { teacher = "b/early", students = "c" }
        early = { teacher = "a", students = "b" }
        [table]
        rows = ["a", "b", "c"]
        columns = ["teacher", "early", "late"]
    """)
    seen = set[SeededName]()
    for training in expand(spec, "t").trainings:
        assert set(training.teachers) <= seen
        seen.add(training.name)
    assert {name.column for name in seen} == {"teacher", "early", "late"}


@pytest.mark.parametrize(
    ("model", "column", "epochs"),
    [
        ("a", "teacher", 4),
        ("a", "ban-1", 6),
        ("b", "teacher", 5),
        ("b", "ban-1", 6),
        ("c", "teacher", 4),
        ("c", "ban-1", 7),
    ],
)
def test_what_is_said_closest_to_a_run_counts(
    read_spec: ReadSpec, model: str, column: str, epochs: int
) -> None:
    spec = read_spec(
        """
        [recipe.except.b]
        epochs = 5
        batch = 9
        [lineages.ban]
        models = ["a", "b", "c"]
        generations = 1
        recipe = { epochs = 6 }
        except.c = { recipe.epochs = 7 }
        [table]
        rows = "ban"
        columns = ["teacher", "ban-1"]
    """,
        head="""
banc = 1
title = "A table"
data = "digits"
seeds = [3, 5]
models.a = { family = "densenet-bc", depth = 10, growth = 2 }
models.b = { family = "wide-resnet", depth = 10, widening = 1 }
models.c = { family = "densenet-bc", depth = 16, growth = 2 }
recipe.epochs = 4
recipe.augment.pad = 1
""",
    )
    recipe = trainings(expand(spec, "t"))[SeededName(model, column, 3)].recipe
    assert recipe.epochs == epochs
    assert recipe.batch == (9 if model == "b" else 128)
    # One field of a nested table changes that field alone.
    assert (recipe.augment.pad, recipe.augment.flip) == (1, True)


def test_what_one_model_does_differently_is_its_own(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages.ban]
        models = ["a", "c"]
        generations = 2
        except.c = { generations = 1, objective = "ban" }
        [table]
        rows = "ban"
        columns = ["teacher", "ban-1", "ban-2"]
    """)
    runs = trainings(expand(spec, "t"))
    assert SeededName("a", "ban-2", 3) in runs
    assert SeededName("c", "ban-2", 3) not in runs
    assert runs[SeededName("a", "ban-1", 3)].objective.slug == "ban-l"
    assert runs[SeededName("c", "ban-1", 3)].objective.slug == "ban"
    assert expand(spec, "t").rows == ("a", "c")


def test_one_teacher_for_the_students_of_all_seeds(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 2, teacher_seed = 5 }
        [transfers]
        moved = { teacher = "c", students = "b", teacher_seed = 3 }
        [table]
        rows = ["a", "b"]
        columns = ["teacher", "ban-1", "ban-2", "moved"]
    """)
    runs = trainings(expand(spec, "t"))
    for seed in (3, 5):
        assert runs[SeededName("a", "ban-1", seed)].teachers == (SeededName("a", "teacher", 5),)
        assert runs[SeededName("a", "ban-2", seed)].teachers == (SeededName("a", "ban-1", seed),)
        assert runs[SeededName("b", "moved", seed)].teachers == (SeededName("c", "teacher", 3),)
    teachers = {name for name in runs if name.column == "teacher"}
    assert teachers == {SeededName("a", "teacher", 5), SeededName("c", "teacher", 3)}, (
        "nobody needs the others"
    )


@pytest.mark.parametrize(
    "other",
    [
        '[transfers]\nmoved = { teacher = "a", students = "b" }',
        '[ensembles]\nboth = { of = "a", members = ["teacher", "ban-1"] }',
        '[lineages.again]\nmodels = "a"\ngenerations = 1',
    ],
)
def test_a_teacher_that_others_need_is_trained_with_every_seed(read_spec: ReadSpec, other: str) -> None:
    lineages = '[lineages]\nban = { models = "a", generations = 1, teacher_seed = 5 }\n'
    table = '[table]\nrows = ["a", "b"]\ncolumns = ["teacher", "ban-1"]\n'
    runs = trainings(expand(read_spec(f"{lineages}{other}\n{table}"), "t"))
    assert {name.seed for name in runs if name.column == "teacher"} == {3, 5}


def test_each_generation_has_its_objective(read_spec: ReadSpec) -> None:
    spec = read_spec("""
        [lineages]
        ban = { models = "a", generations = 3, objectives = ["ban-l", "cwtm", "dkpp"] }
        [table]
        rows = "a"
        columns = ["teacher", "ban-1", "ban-2", "ban-3"]
    """)
    runs = trainings(expand(spec, "t"))
    slugs = [runs[SeededName("a", f"ban-{k}", 3)].objective.slug for k in (1, 2, 3)]
    assert slugs == ["ban-l", "cwtm", "dkpp"]
