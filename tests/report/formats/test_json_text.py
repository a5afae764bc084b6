"""Holds that JSON has what CSV has, and each seed's number with its score."""

from __future__ import annotations

import csv
import io
import json

import pytest
from attrs import evolve

from banc.report.collect import Results
from banc.report.formats.csv_text import csv_text
from banc.report.formats.json_text import json_text
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]


def test_the_records_are_those_of_the_csv(table1: Filled) -> None:
    table = tabulate(*table1)
    lines = list(csv.DictReader(io.StringIO(csv_text([table]))))
    cells = json.loads(json_text([table]))[0]["cells"]
    names = [key for key in lines[0] if key != "spec"]
    shared = [{key: "" if cell[key] is None else str(cell[key]) for key in names} for cell in cells]
    assert shared == [{key: line[key] for key in names} for line in lines]


def test_each_seed_is_there(quickstart: Filled) -> None:
    layout, results = quickstart
    place = ("densenet", "ban-1")
    first, second = layout.scores[place]
    some = {key: one for key, one in results.items() if key != second}
    cells = json.loads(json_text([tabulate(layout, some)]))[0]["cells"]
    (cell,) = [cell for cell in cells if (cell["row"], cell["column"]) == place]
    assert cell["scores"] == [
        {"seed": 0, "address": first, "error": results[first].error, "loss": results[first].loss},
        {"seed": 1, "address": second, "error": None, "loss": None},
    ]
    (other,) = [cell for cell in cells if (cell["row"], cell["column"]) == ("wide-resnet", "ban-1")]
    assert (other["state"], other["scores"]) == ("not run", [])


def test_whose_error_it_is_is_named(table3: Filled) -> None:
    (table,) = json.loads(json_text([tabulate(*table3)]))
    cells = {(cell["row"], cell["column"]): cell for cell in table["cells"]}
    assert cells["Wide-ResNet-28-2", "dense"]["run"] == "DenseNet-90-60/from-wide-resnet-28-2"
    assert cells["Wide-ResNet-28-2", "teacher"]["run"] == "Wide-ResNet-28-2/teacher"
    assert cells["Wide-ResNet-28-2", "parameters"]["run"] is None


def test_the_best_are_named(table3: Filled) -> None:
    cells = json.loads(json_text([tabulate(*table3)]))[0]["cells"]
    best = {(cell["row"], cell["column"]) for cell in cells if cell.get("best")}
    assert best == {(row.name, "dense") for row in table3[0].rows}
    assert not any(cell["tied"] for cell in cells if "tied" in cell)
    for cell in cells:
        rivals = [c["mean"] for c in cells if c["row"] == cell["row"] and c["unit"] == "percent" and c["n"]]
        if cell["unit"] == "percent" and cell["n"]:
            assert cell["best"] == (cell["mean"] == min(rivals))


def test_so_are_the_differences_that_it_rests_on(table3: Filled) -> None:
    value = json.loads(json_text([tabulate(*table3)]))[0]
    assert len(value["comparisons"]) == 4 * 3
    means = {(cell["row"], cell["column"]): cell["mean"] for cell in value["cells"]}
    for comparison in value["comparisons"]:
        first, second = (
            (comparison[side]["row"], comparison[side]["column"]) for side in ("first", "second")
        )
        assert comparison["difference"] == pytest.approx(means[first] - means[second])
        assert comparison["low"] < comparison["difference"] < comparison["high"]
        assert (comparison["n"], comparison["images"]) == (8, None)
        assert comparison["told_apart"] == (comparison["adjusted"] < 0.05)


def test_labels_are_there(table1: Filled) -> None:
    value = json.loads(json_text([tabulate(*table1)]))[0]
    ens = {"name": "ens-2", "label": "Ens*2", "quantity": "error", "of": "", "heading": ""}
    assert value["columns"][5] == ens
    assert (value["spec"], value["seeds"]) == ("table1", 3)


def test_several_tables_are_one_document_and_one_is_an_array_too(table1: Filled, quickstart: Filled) -> None:
    first, second = tabulate(*table1), tabulate(*quickstart)
    both = json.loads(json_text([first, second]))
    assert [table["spec"] for table in both] == ["table1", "quickstart"]
    assert both == json.loads(json_text([first])) + json.loads(json_text([second]))


def test_nothing_turns_the_direction_of_a_terminal(table1: Filled) -> None:
    layout, results = table1
    title = "a\N{RIGHT-TO-LEFT OVERRIDE}\x1b\x9b\N{LINE SEPARATOR}é"
    text = json_text([tabulate(evolve(layout, title=title), results)])
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "é" in text
    assert json.loads(text)[0]["title"] == title
