"""Holds that programs get every number back as it was."""

from __future__ import annotations

import csv
import io

from attrs import evolve

from banc.report.cells import MeasuredCell
from banc.report.collect import Results
from banc.report.formats.csv_text import csv_per_seed, csv_text
from banc.report.tabulate import tabulate
from banc.stage.layout import Layout, Row

Filled = tuple[Layout, Results]


def read(filled: Filled) -> dict[tuple[str, str], dict[str, str]]:
    lines = csv.DictReader(io.StringIO(csv_text([tabulate(*filled)])))
    return {(line["row"], line["column"]): line for line in lines}


def test_a_line_a_cell_in_full_precision(table1: Filled) -> None:
    lines = read(table1)
    table = tabulate(*table1)
    assert lines.keys() == table.cells.keys()
    for place, cell in table.cells.items():
        if isinstance(cell, MeasuredCell):
            line = lines[place]
            assert (float(line["mean"]), float(line["std"])) == (cell.mean, cell.spread)
            assert (line["n"], line["of"], line["unit"], line["state"]) == ("3", "3", "percent", "complete")


def test_every_state(table1: Filled) -> None:
    layout, results = table1
    row = "DenseNetBC-80-120"
    gone = {*layout.scores[row, "ban-1"], *layout.scores[row, "ban-2"][1:]}
    lines = read((layout, {key: one for key, one in results.items() if key not in gone}))
    keys = ("n", "of", "std", "published", "unit", "state")
    assert [lines[row, "ban-1"][key] for key in keys] == ["0", "3", "", "16.13", "percent", "unfinished"]
    assert [lines[row, "ban-2"][key] for key in keys] == ["1", "3", "", "16.13", "percent", "partial"]
    assert [lines[row, "ban-3"][key] for key in keys] == ["", "", "", "", "percent", "not run"]
    assert [lines[row, "parameters"][key] for key in keys] == ["", "", "", "50.4", "million", "complete"]
    assert lines[row, "parameters"]["mean"] == "50.48"


def test_labels_change_nothing(quickstart: Filled) -> None:
    layout, results = quickstart
    renamed = evolve(layout, title="other", rows=tuple(Row(row.name, "other") for row in layout.rows))
    assert csv_text([tabulate(renamed, results)]) == csv_text([tabulate(layout, results)])


def test_several_tables_have_one_header_and_say_whose_a_line_is(table1: Filled, quickstart: Filled) -> None:
    first, second = tabulate(*table1), tabulate(*quickstart)
    lines = list(csv.DictReader(io.StringIO(csv_text([first, second]))))
    assert [line["spec"] for line in lines] == ["table1"] * len(first.cells) + ["quickstart"] * len(
        second.cells
    )
    alone = [csv_text([table]).splitlines() for table in (first, second)]
    assert csv_text([first, second]).splitlines() == [*alone[0], *alone[1][1:]]


def test_a_line_a_cell_and_seed(quickstart: Filled) -> None:
    layout, results = quickstart
    place = ("densenet", "ban-1")
    first, second = layout.scores[place]
    across = evolve(
        layout,
        scores={**layout.scores, ("densenet", "ens-3"): layout.scores["densenet", "ens-3"][:1]},
        seed_of={score: seed for score, seed in layout.seed_of.items() if "ens-3" not in score},
    )
    some = {score: metrics for score, metrics in results.items() if score != second}
    lines = list(csv.DictReader(io.StringIO(csv_per_seed([tabulate(across, some)]))))
    assert list(lines[0]) == [
        "spec",
        "row",
        "column",
        "run",
        "seed",
        "address",
        "error",
        "loss",
        "imported",
        "on",
    ]
    error = str(results[first].error)
    assert [line for line in lines if (line["row"], line["column"]) == place] == [
        dict(
            zip(
                lines[0],
                ("quickstart", *place, "/".join(place), "0", first, error, "0.7", "", "test"),
                strict=True,
            )
        ),
        dict(
            zip(
                lines[0],
                ("quickstart", *place, "/".join(place), "1", second, "", "", "", "test"),
                strict=True,
            )
        ),
    ]
    assert [line["seed"] for line in lines if line["column"] == "ens-3"] == [""]
    assert {line["column"] for line in lines} == {column for _, column in layout.scores} - {"parameters"}
