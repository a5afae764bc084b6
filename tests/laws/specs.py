"""Specs that hypothesis makes up, as plain documents, so that a law can rename, reorder or extend them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from banc.compiler import graph_of
from banc.graph.expand import expand
from banc.graph.experiment import Experiment
from banc.graph.graph import Graph
from banc.language.load import Loaded, load
from banc.stage.kinds import Address

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
        for name, lineage in doc["lineages"].items()
        if model in lineage["models"]
        for generation in range(1, lineage["generations"] + 1)
    ]
    found += [name for name, transfer in doc["transfers"].items() if model in transfer["students"]]
    lineages = any(model in lineage["models"] for lineage in doc["lineages"].values())
    return [*(["teacher"] if lineages or model in doc["baselines"] else []), *found]


def definition(doc: Doc, model: str, column: str) -> str:
    """All that a training is, but for its seed: two columns with the same are one network."""
    found: Doc = {"model": doc["models"][model], "recipe": doc["recipe"]}
    lineage, _, generation = column.rpartition("-")
    if lineage in doc["lineages"]:
        declared = doc["lineages"][lineage]
        teacher = "teacher" if generation == "1" else f"{lineage}-{int(generation) - 1}"
        found |= {"objective": declared["objective"], "teacher": definition(doc, model, teacher)}
    elif column in doc["transfers"]:
        declared = doc["transfers"][column]
        taught_by, _, teacher = declared["teacher"].partition("/")
        found |= {"objective": "ban-l", "teacher": definition(doc, taught_by, teacher or "teacher")}
    else:
        declared = {"recipe": {}}
    return json.dumps({**found, "recipe": {**doc["recipe"], **declared["recipe"]}}, sort_keys=True)


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
        column = draw(
            st.sampled_from([column for column in columns_of(doc, teacher) if not column.startswith("t0")])
        )
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


def identities(graph: Graph) -> dict[Address, tuple[object, str]]:
    """All of a graph but what people call things."""
    return {address: (linked.stage, linked.group) for address, linked in graph.stages.items()}
