"""What holds of the stages of every spec."""

from __future__ import annotations

from hypothesis import given
from laws_specs import LAWS, Doc, Workbench, docs

from banc.emit.emit import DVC_YAML, emit
from banc.stage.files import inputs
from banc.stage.kinds import Predict, Train


@LAWS
@given(doc=docs())
def test_a_store_is_of_its_students_images_and_views(bench: Workbench, doc: Doc) -> None:
    """The runner trusts this: it sees a store, and not what its stage was told."""
    graph = bench.graph(doc)
    for linked in graph.stages.values():
        if isinstance(student := linked.stage, Train):
            for address in student.teacher_outputs:
                store = graph.stages[address].stage
                assert isinstance(store, Predict)
                assert (store.data, store.views) == (student.data, student.recipe.augment)
                assert (store.seed, store.epochs) == (None, 0), "all of their views come again"


@LAWS
@given(doc=docs())
def test_no_student_has_its_teachers_seed(bench: Workbench, doc: Doc) -> None:
    graph = bench.graph(doc)
    for linked in graph.stages.values():
        if isinstance(student := linked.stage, Train):
            for address in student.teacher_outputs:
                (taught,) = inputs(graph.stages[address].stage)["model"]
                teacher = graph.stages[taught].stage
                assert isinstance(teacher, Train)
                assert teacher.seed != student.seed
    trainings = {run.name: run for run in bench.experiment(doc).trainings}
    for run in trainings.values():
        line = [run]
        while line[-1].teachers:
            line.append(trainings[line[-1].teachers[0]])
        assert len({stage.seed for stage in line}) == len(line)


@LAWS
@given(doc=docs())
def test_inputs_come_from_the_graph_and_every_stage_stands_in_one_file(bench: Workbench, doc: Doc) -> None:
    graph = bench.graph(doc)
    for linked in graph.stages.values():
        for addresses in inputs(linked.stage).values():
            assert set(addresses) <= graph.stages.keys()
    files = emit(graph)
    graphs = [text for name, text in files.items() if name.endswith(DVC_YAML)]
    for address in graph.stages:
        assert sum(f"\n  {address}:\n" in text for text in graphs) == 1
        assert sum(name.endswith(f"/{address}.json") for name in files) == 1
