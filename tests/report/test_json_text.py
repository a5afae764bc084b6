"""Holds that JSON has what CSV has, and each seed's number with its score."""

from __future__ import annotations

import csv
import io
import json

from banc.report.collect import Results
from banc.report.csv_text import csv_text
from banc.report.json_text import json_text
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout

Filled = tuple[Layout, Results]


def test_the_records_are_those_of_the_csv(table1: Filled) -> None:
    table = tabulate(*table1)
    lines = list(csv.DictReader(io.StringIO(csv_text(table))))
    cells = json.loads(json_text(table))["cells"]
    shared = [{key: "" if cell[key] is None else str(cell[key]) for key in lines[0]} for cell in cells]
    assert shared == lines


def test_each_seed_is_there(quickstart: Filled) -> None:
    layout, results = quickstart
    place = ("densenet", "ban-1")
    first, second = layout.scores[place]
    some = {key: one for key, one in results.items() if key != second}
    cells = json.loads(json_text(tabulate(layout, some)))["cells"]
    (cell,) = [cell for cell in cells if (cell["row"], cell["column"]) == place]
    assert cell["scores"] == [
        {"address": first, "error": results[first].test_error},
        {"address": second, "error": None},
    ]
    (other,) = [cell for cell in cells if (cell["row"], cell["column"]) == ("wide-resnet", "ban-1")]
    assert (other["state"], other["scores"]) == ("not run", [])


def test_the_best_are_named(quickstart: Filled) -> None:
    cells = json.loads(json_text(tabulate(*quickstart)))["cells"]
    best = {(cell["row"], cell["column"]) for cell in cells if cell.get("best")}
    assert {row for row, _ in best} == {"densenet", "wide-resnet"}
    for cell in cells:
        rivals = [c["mean"] for c in cells if c["row"] == cell["row"] and c["unit"] == "percent" and c["n"]]
        if cell["unit"] == "percent" and cell["n"]:
            assert cell["best"] == (cell["mean"] == min(rivals))


def test_labels_are_there(table1: Filled) -> None:
    value = json.loads(json_text(tabulate(*table1)))
    assert value["columns"][5] == {"name": "ens-2", "label": "Ens*2", "quantity": "error"}
    assert (value["spec"], value["seeds"]) == ("table1", 3)
