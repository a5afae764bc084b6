"""What a table shows: which score stands in which cell, by the names of the spec."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from banc.config.data import Digits
from banc.graph.graph import Graph, PlacedStage
from banc.language.spec import Spec
from banc.stage.kinds import Address, Score, Train
from banc.stage.layout import Layout

ReadSpec = Callable[..., Spec]
Lowered = Callable[[Spec], tuple[Graph, Layout]]
Named = Callable[[Graph, str], tuple[Address, PlacedStage]]


def test_a_cell_has_one_score_for_each_seed(read_spec: ReadSpec, lowered: Lowered, named: Named) -> None:
    graph, layout = lowered(
        read_spec("""
        [lineages]
        ban = { models = ["a", "c"], generations = 1, except.c = { generations = 2 } }
        [table]
        rows = "ban"
        columns = ["parameters", "teacher", "ban-1", "ban-2"]
        labels = { a = "Net A", ban-2 = "second" }
        published.a = { teacher = 5.5 }
        digits = 1
        bold = "column"
    """)
    )
    for column in ("teacher", "ban-1"):
        cell = layout.scores["a", column]
        assert cell == tuple(named(graph, f"a {column} seed {seed} score")[0] for seed in (3, 5))
    assert ("a", "ban-2") not in layout.scores
    assert len(layout.scores["c", "ban-2"]) == 2
    assert set(layout.scores["a", "parameters"]) == {
        *layout.scores["a", "teacher"],
        *layout.scores["a", "ban-1"],
    }
    assert [row.label for row in layout.rows] == ["Net A", "c"]
    assert [column.label for column in layout.columns] == ["parameters", "teacher", "ban-1", "second"]
    assert [column.quantity for column in layout.columns] == ["parameters", "error", "error", "error"]
    assert layout.published == {("a", "teacher"): 5.5}
    assert (layout.digits, layout.bold, layout.seeds, layout.title) == (1, "column", 2, "A table")


def test_a_baseline_is_a_teacher_without_students(read_spec: ReadSpec, lowered: Lowered) -> None:
    _, layout = lowered(
        read_spec("""
        [transfers]
        moved = { teacher = "a", students = "b", baseline = true }
        [table]
        rows = ["a", "b"]
        columns = ["baseline", "moved"]
    """)
    )
    _, other = lowered(
        read_spec("""
        [transfers]
        moved = { teacher = "a", students = "b", baseline = true }
        [table]
        rows = ["a", "b"]
        columns = ["teacher", "moved"]
    """)
    )
    assert layout.scores["b", "baseline"] == other.scores["b", "teacher"]
    assert layout.scores["a", "baseline"] == other.scores["a", "teacher"]


def test_a_cell_can_show_another_models_run(read_spec: ReadSpec, lowered: Lowered) -> None:
    runs = """
        [lineages]
        ban = { models = ["a", "c"], generations = 1 }
        [transfers]
        from-a = { teacher = "a", students = "b" }
        from-c = { teacher = "c", students = "b" }
    """
    table = """
        [table]
        rows = ["a", "c"]
        columns = ["parameters", "teacher", "b", "from-a"]
        cells.a = { b = "b/from-a", from-a = "b/from-c" }
        cells.c = { b = "b/from-c" }
    """
    graph, layout = lowered(read_spec(runs + table))
    plain, without = lowered(read_spec(runs + '[table]\nrows = "b"\ncolumns = ["from-a", "from-c"]'))
    assert layout.scores["a", "b"] == without.scores["b", "from-a"]
    assert layout.scores["c", "b"] == layout.scores["a", "from-a"] == without.scores["b", "from-c"]
    assert ("c", "from-a") not in layout.scores
    assert layout.scores["a", "parameters"][0] == layout.scores["a", "teacher"][0], "the row's own network"
    assert graph.stages.keys() == plain.stages.keys(), "what is shown re-runs nothing"
    assert layout.run("a", "teacher") == ("a", "teacher")
    assert layout.run("a", "from-a") == ("b", "from-c")
    assert layout.run("c", "from-a") is None


def test_rows_of_pairs_show_two_networks_and_train_each_once(read_spec: ReadSpec, lowered: Lowered) -> None:
    """The runs are those of transfers with one teacher each: a pair is a row, and nothing that is trained."""
    pairs = """
        [pairs]
        "a > b" = { teacher = "a", student = "b" }
        "c > b" = { teacher = "c", student = "b" }
        [transfers]
        soft = { students = ["a > b", "c > b"], baseline = true }
        [table]
        rows = "soft"
        columns = ["parameters", "teacher", "baseline", "soft"]
    """
    apart = """
        [transfers]
        from-a = { teacher = "a", students = "b", baseline = true }
        from-c = { teacher = "c", students = "b" }
        [table]
        rows = ["a", "b", "c"]
        columns = ["teacher", "from-a", "from-c"]
    """
    graph, layout = lowered(read_spec(pairs))
    other, by_model = lowered(read_spec(apart))
    assert {address for address in graph.stages if not address.startswith("table")} == {
        address for address in other.stages if not address.startswith("table")
    }
    assert layout.scores["a > b", "teacher"] == by_model.scores["a", "teacher"]
    assert layout.scores["c > b", "teacher"] == by_model.scores["c", "teacher"]
    assert layout.scores["c > b", "baseline"] == by_model.scores["b", "teacher"]
    assert layout.scores["c > b", "soft"] == by_model.scores["b", "from-c"]
    assert layout.parameters == {"a > b": by_model.parameters["b"], "c > b": by_model.parameters["b"]}
    assert layout.run("c > b", "teacher") == ("c", "teacher")
    assert layout.run("c > b", "baseline") == ("b", "teacher")


def test_a_quantity_is_of_the_run_that_its_column_shows(read_spec: ReadSpec, lowered: Lowered) -> None:
    """Also where a cell fills the column with another model's run."""
    spec = read_spec(
        """
        [transfers.t]
        teacher  = "a"
        students = "c"
        [table]
        rows    = "a"
        columns = ["teacher", "student", "brier"]
        cells.a.student  = "c/t"
        quantities.brier  = { of = "student", show = "brier" }
        """
    )
    _, layout = lowered(spec)
    assert layout.scores["a", "brier"] == layout.scores["a", "student"] != ()
    assert layout.run("a", "brier") == ("c", "t")


def test_a_column_can_show_another_quantity(read_spec: ReadSpec, lowered: Lowered, named: Named) -> None:
    graph, layout = lowered(
        read_spec("""
        [lineages]
        ban = { models = "a", generations = 2 }
        [ensembles]
        ens = { of = "a", members = ["ban-1", "ban-2"] }
        [transfers]
        moved = { teacher = "a/ens", students = "c" }
        [table]
        rows = ["a", "c"]
        columns = ["teacher", "agrees", "gain", "ens", "moved"]
        quantities.agrees = { of = "ban-2", show = "agreement" }
        quantities.gain = { of = "ens", show = "gain" }
        labels.agrees = "Agreement"
    """)
    )
    agrees, gain = layout.columns[1:3]
    assert (agrees.label, agrees.quantity, agrees.of) == ("Agreement", "agreement", "ban-2")
    assert (gain.quantity, gain.of) == ("gain", "ens")
    assert layout.scores["a", "gain"] == layout.scores["a", "ens"]
    assert layout.run("a", "agrees") == ("a", "ban-2")
    assert ("c", "agrees") not in layout.scores

    def score(name: str, seed: int) -> Address:
        return named(graph, f"{name} seed {seed} score")[0]

    for seed in (3, 5):
        assert layout.teachers[score("a ban-2", seed)] == score("a ban-1", seed)
        assert layout.teachers[score("a ban-1", seed)] == score("a teacher", seed)
        assert layout.teachers[score("c moved", seed)] == score("a ens", seed)
        assert score("a teacher", seed) not in layout.teachers


def test_looking_at_validation_images_scores_again_and_trains_nothing(
    read_spec: ReadSpec, lowered: Lowered
) -> None:
    text = """
        [lineages]
        ban = { models = "a", generations = 1 }
        [table]
        rows = "a"
        columns = ["teacher", "ban-1"]
    """
    (plain, _), (split, _), (chosen, layout) = (
        lowered(evolve(spec, data=Digits(validation=held), table=evolve(spec.table, on=on)))
        for spec in [read_spec(text)]
        for held, on in ((0, "test"), (50, "test"), (50, "validation"))
    )
    assert layout.on == "validation"
    scores, stages = chosen.stages.keys() - split.stages.keys(), split.stages.keys() & chosen.stages.keys()
    assert {address.split("-")[0] for address in scores} == {"score"}
    assert {address.split("-")[0] for address in stages} >= {"data", "train"}
    for graph, held in ((plain, False), (chosen, True)):
        trained = [placed.stage for placed in graph.stages.values() if isinstance(placed.stage, Train)]
        assert {stage.validation for stage in trained} == {held}
    # Networks that train on fewer images are other networks.
    assert not [
        address for address in plain.stages.keys() & split.stages.keys() if address.startswith("train")
    ]


def test_what_a_table_shows_and_how_reaches_its_layout_and_no_stage(
    read_spec: ReadSpec, lowered: Lowered
) -> None:
    text = """
        [lineages]
        ban = { models = "a", generations = 1 }
        [table]
        rows = "a"
        columns = ["parameters", "teacher", "ban-1"]
        published.a = { teacher = 94.5 }
    """
    more = 'show = "accuracy"\ntranspose = true\ndeviations.a = { teacher = 0.25 }\n'
    plain, errors = lowered(read_spec(text))
    graph, layout = lowered(read_spec(text + more))
    assert [column.quantity for column in errors.columns] == ["parameters", "error", "error"]
    assert [column.quantity for column in layout.columns] == ["parameters", "accuracy", "accuracy"]
    assert (errors.transpose, layout.transpose) == (False, True)
    assert (errors.deviations, layout.deviations) == ({}, {("a", "teacher"): 0.25})
    assert graph.stages.keys() == plain.stages.keys()


def test_headings_reach_the_layout_and_no_stage(read_spec: ReadSpec, lowered: Lowered) -> None:
    text = """
        [lineages]
        ban = { models = "a", generations = 2 }
        [sweeps.T]
        of = "ban"
        objective.temperature = [1, 2]
        [table]
        rows = "a"
        columns = ["parameters", "teacher", "ban-1", "ban-2", "T"]
    """
    more = 'groups = { "Born again" = ["ban-2", "ban-1"], Swept = "T" }\n'
    plain, bare = lowered(read_spec(text))
    graph, layout = lowered(read_spec(text + more))
    assert {column.heading for column in bare.columns} == {""}
    headings = ["", "", "Born again", "Born again", *["Swept"] * 4]
    assert [column.heading for column in layout.columns] == headings
    assert graph.stages == plain.stages


def test_an_ensemble_of_logits_is_another_score_of_the_same_networks(
    read_spec: ReadSpec, lowered: Lowered
) -> None:
    graph, layout = lowered(
        read_spec("""
        [lineages]
        ban = { models = "a", generations = 1 }
        [ensembles]
        ens = { of = "a", members = ["teacher", "ban-1"] }
        logits = { of = "a", members = ["teacher", "ban-1"], average = "logits" }
        [table]
        rows = "a"
        columns = ["ens", "logits"]
    """)
    )
    for one, other in zip(layout.scores["a", "ens"], layout.scores["a", "logits"], strict=True):
        first, second = graph.stages[one].stage, graph.stages[other].stage
        assert isinstance(first, Score)
        assert isinstance(second, Score)
        assert (first.average, second.average) == ("probabilities", "logits")
        assert evolve(first, average="logits") == second
