"""What is added moves nothing, and what is changed moves what stands below it."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws_specs import LAWS, MODELS, Doc, Workbench, docs, identities

from banc.emit.emit import emit
from banc.graph.experiment import Experiment
from banc.graph.graph import Graph
from banc.paths import CURVES
from banc.stage.index import INDEX
from banc.stage.kinds import Address, Table


def kept(before: Graph, after: Graph) -> None:
    """Everything but the table stands in ``after`` as it stood, down to its parameter file.

    Pictures of curves say what runs are called, and so change with them.
    """
    old, new = identities(before), identities(after)
    for address, identity in old.items():
        assert isinstance(before.stages[address].stage, Table) or new[address] == identity
    texts, written = emit(before), emit(after)
    for name, text in texts.items():
        if name.endswith(".json") and "/tables/" not in name and not name.endswith((INDEX, CURVES)):
            assert written[name] == text


@LAWS
@given(doc=docs(across=False), data=st.data())
def test_one_more_generation_moves_nothing(bench: Workbench, doc: Doc, data: st.DataObject) -> None:
    longer = copy.deepcopy(doc)
    name = data.draw(st.sampled_from(sorted(doc["lineages"])))
    lineage = longer["lineages"][name]
    lineage["generations"] += 1
    longer["table"]["columns"].append(f"{name}-{lineage['generations']}")
    before, after = bench.graph(doc), bench.graph(longer)
    kept(before, after)
    fresh = [after.stages[address].stage for address in after.stages.keys() - before.stages.keys()]
    runs = len(doc["seeds"]) * len(lineage["models"])
    # The outputs of who was last, its student, that student's score; two of the lineages may be one.
    for kind in ("predict", "train", "score"):
        assert sum(kind == stage.KIND for stage in fresh) <= runs
    assert {stage.KIND for stage in fresh} <= {"predict", "train", "score"}


@LAWS
@given(doc=docs(across=False), model=st.sampled_from(MODELS), data=st.data())
def test_one_more_student_moves_nothing(
    bench: Workbench, doc: Doc, model: dict[str, Any], data: st.DataObject
) -> None:
    more = copy.deepcopy(doc)
    more["models"]["new"] = model
    group, key = data.draw(
        st.sampled_from(
            [("lineages", lineage) for lineage in doc["lineages"]]
            + [("transfers", transfer) for transfer in doc["transfers"]]
        )
    )
    more[group][key]["models" if group == "lineages" else "students"].append("new")
    more["table"]["rows"].append("new")
    kept(bench.graph(doc), bench.graph(more))


@LAWS
@given(doc=docs(across=False), seed=st.integers(0, 999))
def test_one_more_seed_moves_nothing(bench: Workbench, doc: Doc, seed: int) -> None:
    more = {**doc, "seeds": [*doc["seeds"], *({seed} - set(doc["seeds"]))]}
    kept(bench.graph(doc), bench.graph(more))


def below(experiment: Experiment, model: str) -> set[str]:
    """What people call the runs of ``model`` and all that learns from them or averages them."""
    touched = set[Any]()
    for run in experiment.trainings:
        if run.name.model == model or touched & set(run.teachers):
            touched.add(run.name)
    pooled = {pool.name for pool in experiment.pools if touched & set(pool.members)}
    return {f"{name}{what}" for name in touched for what in ("", " outputs", " score")} | {
        f"{name} score" for name in pooled
    }


def by_name(graph: Graph) -> dict[str, Address]:
    return {name: address for address, linked in graph.stages.items() for name in linked.names}


@LAWS
@given(doc=docs(), data=st.data())
def test_an_exception_moves_its_model_and_what_stands_below(
    bench: Workbench, doc: Doc, data: st.DataObject
) -> None:
    model = data.draw(st.sampled_from(sorted(doc["models"])))
    other = copy.deepcopy(doc)
    other["recipe"]["except"] = {model: {"weight_decay": 0.125}}
    before, after = by_name(bench.graph(doc)), by_name(bench.graph(other))
    assert before.keys() == after.keys()
    moved = {name for name in before if before[name] != after[name]}
    assert moved == below(bench.experiment(doc), model) & before.keys()
    assert moved
