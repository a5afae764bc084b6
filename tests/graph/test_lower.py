from __future__ import annotations

from collections.abc import Callable

import pytest

from banc.emit.emit import index_of
from banc.graph.graph import Graph, PlacedStage
from banc.graph.linked import linked
from banc.language.spec import Spec
from banc.stage.kinds import Address, Predict, Score, Table, Train
from banc.stage.layout import Layout

ReadSpec = Callable[..., Spec]
Lowered = Callable[[Spec], tuple[Graph, Layout]]
Named = Callable[[Graph, str], tuple[Address, PlacedStage]]


def test_the_table_gathers_every_score(read_spec: ReadSpec, lowered: Lowered) -> None:
    graph, layout = lowered(
        read_spec("""
        [lineages]
        ban = { models = "a", generations = 2 }
        [ensembles]
        ens = { of = "a", members = ["ban-2", "ban-1"] }
        [table]
        rows = "a"
        columns = ["teacher", "ens"]
    """)
    )
    table = graph.stages[Address("table-t")].stage
    assert isinstance(table, Table)
    scores = {address for address, linked in graph.stages.items() if isinstance(linked.stage, Score)}
    assert list(table.scores) == sorted(scores)
    assert {address for cell in layout.scores.values() for address in cell} <= scores


def test_every_student_of_a_teacher_reads_the_same_outputs(
    read_spec: ReadSpec, lowered: Lowered, named: Named
) -> None:
    graph, _ = lowered(
        read_spec("""
        [transfers]
        one  = { teacher = "a", students = ["b", "c"] }
        two  = { teacher = "a", students = "c", objective = "ban" }
        wide = { teacher = "a", students = "c", recipe = { epochs = 25, augment.pad = 2 } }
        [table]
        rows = ["b", "c"]
        columns = ["one", "two", "wide"]
    """)
    )
    teacher, _ = named(graph, "a teacher seed 3")
    read = {}
    for name in ("b one", "c one", "c two", "c wide"):
        student = named(graph, f"{name} seed 3")[1].stage
        assert isinstance(student, Train)
        (read[name],) = student.teacher_outputs
    assert read["b one"] == read["c one"] == read["c two"]
    # Outputs over other views are other outputs of the same teacher.
    assert read["c wide"] != read["c one"]
    for address, views in ((read["c one"], 9), (read["c wide"], 25)):
        stage = graph.stages[address].stage
        assert isinstance(stage, Predict)
        assert stage.model == teacher
        assert stage.views.num_views == views


def stores_hold_their_students_views(graph: Graph) -> None:
    """A student trusts what a store is of: only this keeps the two together."""
    for placed in graph.stages.values():
        if isinstance(student := placed.stage, Train):
            for address in student.teacher_outputs:
                store = graph.stages[address].stage
                assert isinstance(store, Predict)
                assert (store.data, store.views) == (student.data, student.recipe.augment)
                by_view = (None, 0) if store.views.recurs else (student.seed, student.recipe.epochs)
                assert (store.seed, store.epochs) == by_view


def test_a_store_is_of_its_students_images_and_views(read_spec: ReadSpec, lowered: Lowered) -> None:
    """Whatever recipe the teacher had itself, and whoever else learns from it."""
    graph, _ = lowered(
        read_spec("""
        [lineages]
        ban  = { models = ["a", "c"], generations = 2, except.c = { recipe.augment.pad = 2 } }
        [ensembles]
        both = { of = "a", members = ["ban-1", "c/ban-2"] }
        [transfers]
        one  = { teacher = "a/both", students = ["b", "c"], teacher_outputs = "stored" }
        flip = { teacher = "a/ban-2", students = "c", recipe.augment.flip = true, teacher_outputs = "stored" }
        [table]
        rows = ["a", "b", "c"]
        columns = ["ban-2", "one", "flip"]
    """)
    )
    stores = {stage.stage.views for stage in graph.stages.values() if isinstance(stage.stage, Predict)}
    assert len(stores) >= 2
    stores_hold_their_students_views(graph)


def test_a_run_too_short_to_pay_for_a_store_has_a_live_teacher(
    read_spec: ReadSpec, lowered: Lowered, named: Named
) -> None:
    """Nine views: eight epochs ask the teacher less than a store would, nine do not. What is said counts."""
    graph, _ = lowered(
        read_spec(
            """
        [transfers]
        long   = { teacher = "a", students = "c" }
        short  = { teacher = "a", students = "c", recipe.epochs = 8 }
        asked  = { teacher = "a", students = ["b", "c"], teacher_outputs = "live", except.b = OTHER }
        [table]
        rows = ["b", "c"]
        columns = ["long", "short", "asked"]
    """.replace("OTHER", '{ teacher_outputs = "stored" }')
        )
    )
    teacher, _ = named(graph, "a teacher seed 3")
    for name, stored in (("c long", True), ("c short", False), ("c asked", False), ("b asked", True)):
        student = named(graph, f"{name} seed 3")[1].stage
        assert isinstance(student, Train)
        assert bool(student.teacher_outputs) is stored
        assert student.teachers == (() if stored else (teacher,))


def test_shared_layers_come_from_the_teachers_training(
    read_spec: ReadSpec, lowered: Lowered, named: Named
) -> None:
    text = """
        [transfers.moved]
        teacher  = "a"
        students = "c"
        share    = ["stem"]
        shared   = "{shared}"
        [transfers.moved.except]
        c = {{ share = {share} }}
        [table]
        rows = "c"
        columns = ["moved"]
    """
    students = {}
    for share in ('["stem"]', "[]"):
        for shared in ("frozen", "trained"):
            graph, _ = lowered(read_spec(text.format(share=share, shared=shared)))
            address, linked = named(graph, "c moved seed 5")
            student = linked.stage
            assert isinstance(student, Train)
            students[share, shared] = address
            assert student.shared_with == (named(graph, "a teacher seed 5")[0] if "stem" in share else None)
            assert student.share_frozen == (shared == "frozen" or share == "[]")
    assert len(set(students.values())) == 3
    assert students["[]", "frozen"] == students["[]", "trained"]


def test_the_order_of_shared_layers_reaches_nothing(read_spec: ReadSpec, lowered: Lowered) -> None:
    text = """
        [transfers.moved]
        teacher  = "a"
        students = "d"
        share    = [{share}]
        [models.d]
        family = "densenet-bc"
        depth  = 11
        growth = 2
        [table]
        rows = "d"
        columns = ["moved"]
    """
    one, two = (
        lowered(read_spec(text.format(share=share)))[0]
        for share in ('"stem", "classifier"', '"classifier", "stem"')
    )
    assert one.stages == two.stages


def test_a_stages_group_follows_from_what_it_is(read_spec: ReadSpec, lowered: Lowered, named: Named) -> None:
    graph, _ = lowered(
        read_spec("""
        [lineages]
        ban = { models = "a", generations = 1 }
        [transfers]
        moved = { teacher = "a", students = "b" }
        [ensembles]
        own  = { of = "a", members = ["teacher", "ban-1"] }
        both = { of = "a", members = ["teacher", "b/moved"] }
        [table]
        rows = ["a", "b"]
        columns = ["teacher", "ban-1", "moved", "own", "both"]
    """)
    )
    groups = {
        "data": "digits",
        "a teacher seed 3": "digits-densenet-bc-10-2",
        "a teacher seed 3 outputs": "digits-densenet-bc-10-2",
        "a own seed 3 score": "digits-densenet-bc-10-2",
        "b moved seed 3": "digits-wide-resnet-10-1",
        "b moved seed 3 score": "digits-wide-resnet-10-1",
        "a both seed 3 score": "digits-mixed",
        "table of t": "tables",
    }
    assert {name: named(graph, name)[1].group for name in groups} == groups


def test_two_models_of_equal_numbers_are_one_network(
    read_spec: ReadSpec, lowered: Lowered, named: Named
) -> None:
    graph, layout = lowered(
        read_spec("""
        d = { family = "densenet-bc", growth = 2, depth = 10 }
        [lineages]
        ban = { models = ["a", "d"], generations = 1 }
        [table]
        rows = "ban"
        columns = ["teacher", "ban-1"]
    """)
    )
    assert layout.scores["a", "ban-1"] == layout.scores["d", "ban-1"]
    assert sum(isinstance(stage.stage, Train) for stage in graph.stages.values()) == 4
    assert named(graph, "a teacher seed 3") == named(graph, "d teacher seed 3")


def test_an_ensemble_that_no_seed_changes_counts_once(read_spec: ReadSpec, lowered: Lowered) -> None:
    """Two ensembles across seeds, averaged for each seed: the same networks each time."""
    _, layout = lowered(
        read_spec("""
        [lineages]
        ban = { models = "a", generations = 1 }
        [ensembles]
        teachers = { of = "a", members = ["teacher"], across_seeds = true }
        students = { of = "a", members = ["ban-1"], across_seeds = true }
        everyone = { of = "a", members = ["teachers", "students"] }
        [table]
        rows = "a"
        columns = ["teachers", "students", "everyone"]
    """)
    )
    assert len(layout.scores["a", "everyone"]) == 1


def test_several_teachers_stand_in_one_order_stored_or_live(
    read_spec: ReadSpec, lowered: Lowered, named: Named
) -> None:
    """A mean of three is rounded by the order of its terms, and both ways are to give the same."""
    graph, _ = lowered(
        read_spec("""
        d = { family = "wide-resnet", depth = 10, widening = 1, dropout = 0.1 }
        e = { family = "wide-resnet", depth = 10, widening = 1, dropout = 0.2 }
        f = { family = "wide-resnet", depth = 10, widening = 1, dropout = 0.3 }
        g = { family = "wide-resnet", depth = 10, widening = 1, dropout = 0.4 }
        [lineages]
        of-one-slug = { models = ["d", "e", "f", "g"], generations = 1 }
        [ensembles]
        all = { of = "a", members = ["d/teacher", "e/teacher", "f/teacher", "g/teacher"] }
        [transfers]
        stored = { teacher = "a/all", students = "b" }
        live   = { teacher = "a/all", students = "b", teacher_outputs = "live" }
        [table]
        rows = "b"
        columns = ["stored", "live"]
    """)
    )
    for seed in (3, 5):
        stored, live = (named(graph, f"b {name} seed {seed}")[1].stage for name in ("stored", "live"))
        assert isinstance(stored, Train)
        assert isinstance(live, Train)
        asked = [graph.stages[address].stage for address in stored.teacher_outputs]
        assert tuple(store.model for store in asked if isinstance(store, Predict)) == live.teachers
        assert len(live.teachers) == 4


EPOCHS = """
    [transfers]
    one   = { teacher = "a", students = ["b", "c"], recipe.augment.WHAT, STORED }
    two   = { teacher = "a", students = "c", objective = "ban", recipe = { batch = 5, augment.WHAT }, STORED }
    more  = { teacher = "a", students = "c", recipe = { epochs = 30, augment.WHAT }, STORED }
    views = { teacher = "a", students = "c", STORED }
    live  = { teacher = "a", students = "c", recipe.augment.WHAT }
    [table]
    rows = ["b", "c"]
    columns = ["one", "two", "more", "views", "live"]
""".replace("STORED", 'teacher_outputs = "stored"')


@pytest.mark.parametrize("what", ["mixup = 0.2", "cutout = 2"])
def test_what_is_drawn_anew_is_stored_once_for_all_students_of_a_seed(
    read_spec: ReadSpec, what: str, lowered: Lowered, named: Named
) -> None:
    """Whatever they minimise and however they optimise; live, where the spec says nothing."""
    graph, _ = lowered(read_spec(EPOCHS.replace("WHAT", what)))
    stores_hold_their_students_views(graph)

    def read(name: str, seed: int) -> Address | None:
        student = named(graph, f"{name} seed {seed}")[1].stage
        assert isinstance(student, Train)
        return next(iter(student.teacher_outputs), None)

    for seed in (3, 5):
        assert read("b one", seed) == read("c one", seed) == read("c two", seed)
        assert read("c live", seed) is None
        assert len({read(name, seed) for name in ("c one", "c more", "c views")}) == 3
    assert read("c one", 3) != read("c one", 5)
    stores = [stage.stage for stage in graph.stages.values() if isinstance(stage.stage, Predict)]
    assert len(stores) == 6, "two by epoch and one by view, for each seed"
    epochs = sorted((store.seed, store.per_image) for store in stores if store.seed is not None)
    assert [seed for seed, _ in epochs] == [1003, 1003, 1005, 1005]
    assert 30 in {number for _, number in epochs}


def test_stores_by_epoch_are_called_by_the_seeds_of_teacher_and_students(
    read_spec: ReadSpec, lowered: Lowered
) -> None:
    """No two that one teacher fills have one name; a store of views is for students of any seed."""
    graph, _ = lowered(
        read_spec(
            """
        [transfers]
        epochs = { teacher = "a", students = "c", recipe.augment.mixup = 0.2, HOW }
        views  = { teacher = "b", students = "c", HOW }
        [table]
        rows = "c"
        columns = ["epochs", "views"]
    """.replace("HOW", 'teacher_seed = 3, teacher_outputs = "stored"')
        )
    )
    stores = [placed for placed in graph.stages.values() if isinstance(placed.stage, Predict)]
    called = sorted(name for placed in stores for name in placed.names)
    assert called == [
        "a teacher seed 3 outputs for seed 3",
        "a teacher seed 3 outputs for seed 5",
        "b teacher seed 3 outputs",
    ]
    by_epoch = [(use.for_seed, placed.stage.seed) for placed in stores for use in placed.uses]
    assert sorted(by_epoch, key=str) == [(3, 1003), (5, 1005), (None, None)]
    again = linked(index_of(graph), {address: placed.stage for address, placed in graph.stages.items()})
    assert (
        sorted(
            name
            for placed in again.stages.values()
            if placed.stage.KIND == "predict"
            for name in placed.names
        )
        == called
    )
