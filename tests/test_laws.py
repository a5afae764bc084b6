"""Laws of the whole compiler, over specs that hypothesis makes up.

A spec is a plain document here, written as TOML, so that a law can rename, reorder or extend it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from itertools import count, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banc.compiler import graph_of
from banc.emit.emit import DVC_YAML, emit
from banc.graph.expand import expand
from banc.graph.experiment import Experiment
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.language.load import Loaded, load
from banc.stage.files import inputs
from banc.stage.index import INDEX
from banc.stage.kinds import Address, Predict, Table, Train

Doc = dict[str, Any]
MODELS = (
    {"family": "densenet-bc", "depth": 10, "growth": 2},
    {"family": "densenet-bc", "depth": 16, "growth": 2, "third_transition": True},
    {"family": "wide-resnet", "depth": 10, "widening": 1},
)
NAMES = st.text(st.characters(exclude_characters="/", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
LAWS = settings(max_examples=40)


def toml(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def columns_of(doc: Doc, model: str) -> list[str]:
    """The trained columns of a model."""
    found = [
        f"{name}-{generation}"
        for name, it in doc["lineages"].items()
        if model in it["models"]
        for generation in range(1, it["generations"] + 1)
    ]
    found += [name for name, it in doc["transfers"].items() if model in it["students"]]
    lineages = any(model in it["models"] for it in doc["lineages"].values())
    return [*(["teacher"] if lineages or model in doc["baselines"] else []), *found]


def definition(doc: Doc, model: str, column: str) -> str:
    """All that a training is, but for its seed: two columns with the same are one network."""
    found: Doc = {"model": doc["models"][model], "recipe": doc["recipe"]}
    lineage, _, generation = column.rpartition("-")
    if lineage in doc["lineages"]:
        it = doc["lineages"][lineage]
        teacher = "teacher" if generation == "1" else f"{lineage}-{int(generation) - 1}"
        found |= {"objective": it["objective"], "teacher": definition(doc, model, teacher)}
    elif column in doc["transfers"]:
        it = doc["transfers"][column]
        taught_by, _, teacher = it["teacher"].partition("/")
        found |= {"objective": "ban-l", "teacher": definition(doc, taught_by, teacher or "teacher")}
    else:
        it = {"recipe": {}}
    return json.dumps({**found, "recipe": {**doc["recipe"], **it["recipe"]}}, sort_keys=True)


@st.composite
def docs(draw: Callable[..., Any], across: bool = True) -> Doc:
    """A good spec; with ``across``, perhaps with ensembles over all seeds."""
    models = {f"m{index}": draw(st.sampled_from(MODELS)) for index in range(draw(st.integers(1, 3)))}
    some = st.lists(st.sampled_from(sorted(models)), min_size=1, unique=True)
    recipe = st.fixed_dictionaries({}, optional={"epochs": st.integers(1, 9), "batch": st.integers(1, 9)})
    doc: Doc = {
        "banc": 1,
        "title": draw(NAMES),
        "data": {"set": "digits", "train": draw(st.sampled_from([20, 300]))},
        "seeds": draw(st.lists(st.integers(0, 999), min_size=1, max_size=3, unique=True)),
        "recipe": {"preset": draw(st.sampled_from(["wide-resnet", "densenet"])), **draw(recipe)},
        "models": models,
        "baselines": sorted(models),
        "lineages": {},
        "transfers": {},
        "ensembles": {},
    }
    for name in draw(st.sets(st.sampled_from(["l0", "l1"]), min_size=1)):
        doc["lineages"][name] = {
            "models": draw(some),
            "generations": draw(st.integers(1, 3)),
            "objective": draw(st.sampled_from(["ban", "ban-l"])),
            "recipe": draw(recipe),
        }
    for name in draw(st.sets(st.sampled_from(["t0", "t1"]))):
        teacher = draw(st.sampled_from(sorted(models)))
        column = draw(st.sampled_from([it for it in columns_of(doc, teacher) if not it.startswith("t0")]))
        doc["transfers"][name] = {
            "teacher": teacher if column == "teacher" else f"{teacher}/{column}",
            "students": draw(some),
            "recipe": draw(recipe),
        }
    for model in draw(st.sets(st.sampled_from(sorted(models)))):
        # An ensemble counts each network once.
        networks = {definition(doc, model, column): column for column in columns_of(doc, model)}
        members = draw(st.permutations(sorted(networks.values())))[: draw(st.integers(2, 3))]
        if len(members) > 1:
            over = across and draw(st.booleans())
            doc["ensembles"][f"e-{model}"] = {"of": [model], "members": members, "across_seeds": over}
    if doc["ensembles"] and draw(st.booleans()):
        name, ensemble = draw(st.sampled_from(sorted(doc["ensembles"].items())))
        doc["transfers"]["t2"] = {"teacher": f"{ensemble['of'][0]}/{name}", "students": draw(some)}
    shown = {column: None for model in models for column in columns_of(doc, model)}
    doc["table"] = {
        "rows": sorted(models),
        "columns": ["parameters", *shown, *doc["ensembles"]],
        "labels": {"m0": draw(NAMES)},
    }
    return doc


class Workbench:
    """Compiles documents in a folder of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def load(self, doc: Doc, name: str = "x") -> Loaded:
        path = self.root / f"{name}.toml"
        path.write_text("\n".join(f"{key} = {toml(value)}" for key, value in doc.items()))
        return load(path)

    def experiment(self, doc: Doc) -> Experiment:
        return expand(self.load(doc).spec, "x")

    def graph(self, doc: Doc, name: str = "x") -> Graph:
        return graph_of(self.root, self.load(doc, name))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("laws").resolve())


def identities(graph: Graph) -> dict[Address, tuple[object, str]]:
    """All of a graph but what people call things."""
    return {address: (linked.stage, linked.group) for address, linked in graph.stages.items()}


def kept(before: Graph, after: Graph) -> None:
    """Everything but the table stands in ``after`` as it stood, down to its parameter file."""
    old, new = identities(before), identities(after)
    for address, identity in old.items():
        assert isinstance(before.stages[address].stage, Table) or new[address] == identity
    texts, written = emit(before), emit(after)
    for name, text in texts.items():
        if name.endswith(".json") and "/tables/" not in name and name != INDEX:
            assert written[name] == text


@LAWS
@given(first=docs(), second=docs(), third=docs())
def test_linking_is_commutative_associative_and_idempotent(
    bench: Workbench, first: Doc, second: Doc, third: Doc
) -> None:
    graphs = [bench.graph(doc, name) for doc, name in ((first, "a"), (second, "b"), (third, "c"))]
    a, b, c = graphs
    together = link(graphs)
    assert all(link(order) == together for order in permutations(graphs))
    assert link([link([a, b]), c]) == link([a, link([b, c])]) == together
    assert link([together, together]) == link([together]) == link([*graphs, b]) == together
    texts = [list(emit(link(order)).items()) for order in permutations(graphs)]
    assert all(text == texts[0] for text in texts)


@LAWS
@given(first=docs(), second=docs())
def test_a_stage_of_two_specs_is_the_stage_of_each(bench: Workbench, first: Doc, second: Doc) -> None:
    a, b = bench.graph(first, "a"), bench.graph(second, "b")
    both = link([a, b])
    assert identities(both) == identities(a) | identities(b)
    for address, linked in both.stages.items():
        alone = [graph.stages[address] for graph in (a, b) if address in graph.stages]
        assert linked.names == frozenset().union(*(it.names for it in alone))
        assert linked.uses == frozenset().union(*(it.uses for it in alone))


def renamed(doc: Doc, names: dict[str, str], labels: Iterator[str]) -> Doc:
    """``doc`` with other names and labels everywhere, and the same meaning."""

    def column(name: str) -> str:
        lineage, dash, generation = name.rpartition("-")
        if dash and lineage in doc["lineages"]:
            return f"{names[lineage]}-{generation}"
        return names.get(name, name)

    def reference(text: str) -> str:
        model, slash, rest = text.partition("/")
        return f"{names[model]}/{column(rest)}" if slash else names[model]

    def models(listed: list[str]) -> list[str]:
        return [names[name] for name in listed]

    def group(key: str, **changes: Callable[[Any], Any]) -> Doc:
        return {
            names[name]: {field: changes.get(field, lambda it: it)(value) for field, value in it.items()}
            for name, it in doc[key].items()
        }

    table = doc["table"]
    return {
        **doc,
        "title": next(labels),
        "models": {names[name]: model for name, model in doc["models"].items()},
        "baselines": models(doc["baselines"]),
        "lineages": group("lineages", models=models),
        "transfers": group("transfers", teacher=reference, students=models),
        "ensembles": group("ensembles", of=models, members=lambda listed: [column(it) for it in listed]),
        "table": {
            "rows": models(table["rows"]),
            "columns": [column(name) for name in table["columns"]],
            "labels": {names[name]: next(labels) for name in table["rows"]},
        },
    }


def without_names(files: dict[str, str]) -> dict[str, str]:
    """Generated files, but for the lines that hold names."""
    texts = {
        name: "".join(
            line
            for line in text.splitlines(keepends=True)
            if not line.strip().startswith(("desc:", "title:"))
        )
        for name, text in files.items()
    }
    index = json.loads(texts[INDEX])
    indexed = [(address, {**stage, "uses": None}) for address, stage in index["stages"].items()]
    texts |= {"params.yaml": "", INDEX: json.dumps(indexed)}
    return texts


@LAWS
@given(doc=docs(), words=st.lists(NAMES, min_size=30, max_size=30, unique=True))
def test_no_name_and_no_label_reaches_an_address(bench: Workbench, doc: Doc, words: list[str]) -> None:
    own = [name for key in ("models", "lineages", "transfers", "ensembles") for name in doc[key]]
    # Numbered, so that they differ from one another and from the columns of the language.
    names = {name: f"{index} {words[index]}" for index, name in enumerate(own)}
    before = bench.graph(doc)
    after = bench.graph(renamed(doc, names, (f"{words[-1]} {index}" for index in count())))
    assert identities(after) == identities(before)
    assert {name for it in after.stages.values() for name in it.names} & set(names) == set()
    assert without_names(emit(after)) == without_names(emit(before))
    assert sorted(after.layouts["x"].scores.values()) == sorted(before.layouts["x"].scores.values())


def shuffled(draw: Callable[..., Any], value: Any) -> Any:
    match value:
        case dict():
            return {key: shuffled(draw, value[key]) for key in draw(st.permutations(sorted(value)))}
        case list():
            return draw(st.permutations(value))
        case _:
            return value


@LAWS
@given(doc=docs(), data=st.data())
def test_order_reaches_nothing_but_the_layout(bench: Workbench, doc: Doc, data: st.DataObject) -> None:
    before, after = bench.graph(doc), bench.graph(shuffled(data.draw, doc))
    assert after.stages == before.stages
    texts, written = emit(before), emit(after)
    assert {**written, "params.yaml": ""} == {**texts, "params.yaml": ""}


EQUAL: dict[str, tuple[Doc, Doc]] = {
    "drops in another order": ({"drop_at": [0.3, 0.6, 0.6]}, {"drop_at": [0.6, 0.3, 0.6]}),
    "parts as large as the step or larger": ({"micro_batch": 128}, {}),
    "drops by nothing": ({"drop_factor": 1}, {"drop_at": [], "drop_factor": 0.5}),
    "no drops": ({"drop_at": [], "drop_factor": 0.1}, {"drop_at": [], "drop_factor": 0.2}),
    "Nesterov's form of no momentum": ({"momentum": 0, "nesterov": True}, {"momentum": 0, "nesterov": False}),
    "a minus before nothing": ({"weight_decay": -0.0}, {"weight_decay": 0}),
}


@settings(max_examples=5)
@given(doc=docs())
@pytest.mark.parametrize("case", EQUAL)
def test_two_spellings_of_one_recipe_are_one(bench: Workbench, case: str, doc: Doc) -> None:
    """Wherever a recipe is said: for all, for a model, for a group."""
    once, again = EQUAL[case]
    for where in ("recipe", "except", "lineage"):
        graphs = []
        for changes in (once, again):
            other = copy.deepcopy(doc)
            if where == "recipe":
                other["recipe"] |= changes
            elif where == "except":
                other["recipe"]["except"] = {"m0": changes}
            else:
                sorted(other["lineages"].items())[0][1]["recipe"] |= changes
            graphs.append(bench.graph(other))
        assert graphs[0].stages == graphs[1].stages


@LAWS
@given(doc=docs(), points=st.lists(st.sampled_from([0, 0.1, 0.3, 0.5, 0.9]), max_size=4), data=st.data())
def test_the_order_of_drops_reaches_nothing(
    bench: Workbench, doc: Doc, points: list[float], data: st.DataObject
) -> None:
    shuffled_points = data.draw(st.permutations(points))
    one, two = ({**doc, "recipe": {**doc["recipe"], "drop_at": each}} for each in (points, shuffled_points))
    assert bench.graph(one).stages == bench.graph(two).stages


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
            [("lineages", it) for it in doc["lineages"]] + [("transfers", it) for it in doc["transfers"]]
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
        assert len({it.seed for it in line}) == len(line)


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
