"""Neither a name nor an order reaches an address; two spellings of one recipe are one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws_specs import LAWS, NAMES, Doc, Workbench, docs, identities

from banc.emit.emit import emit
from banc.paths import CURVES
from banc.stage.index import INDEX


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
            names[name]: {
                field: changes.get(field, lambda unchanged: unchanged)(value)
                for field, value in declared.items()
            }
            for name, declared in doc[key].items()
        }

    table = doc["table"]
    return {
        **doc,
        "title": next(labels),
        "models": {names[name]: model for name, model in doc["models"].items()},
        "baselines": models(doc["baselines"]),
        "lineages": group("lineages", models=models),
        "transfers": group("transfers", teacher=reference, students=models),
        "ensembles": group("ensembles", of=models, members=lambda listed: [column(name) for name in listed]),
        "table": {
            "rows": models(table["rows"]),
            "columns": [column(name) for name in table["columns"]],
            "labels": {names[name]: next(labels) for name in table["rows"]},
        },
    }


def without_names(files: dict[str, str]) -> dict[str, str]:
    """Generated files, but for the lines that hold names, and pictures of curves, which are full of them."""
    texts = {
        name: "".join(
            line
            for line in text.splitlines(keepends=True)
            if not line.strip().startswith(("desc:", "title:"))
        )
        for name, text in files.items()
        if not name.endswith(CURVES)
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
    assert {name for stage in after.stages.values() for name in stage.names} & set(names) == set()
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
    "drops by nothing": ({"drop_factor": 1}, {"drop_at": []}),
    "no drops": ({"drop_at": [], "drop_factor": 1}, {"drop_at": []}),
    "Nesterov's form of no momentum": ({"momentum": 0}, {"momentum": 0, "nesterov": False}),
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
