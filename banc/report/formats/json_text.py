"""Tables as JSON: the records of the CSV, the labels, and each seed's error with its score's address."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from banc.digest import Json
from banc.printable import printable_json
from banc.report.cells import FilledTable, MeasuredCell
from banc.report.formats.per_seed import per_seed
from banc.report.record import comparison_record, images_of, imported, record, run
from banc.stage.layout import Column, Row


def json_text(tables: Sequence[FilledTable]) -> str:
    """An array with one object a table, of a single table too; each with its ``cells`` row by row."""
    text = json.dumps([_table(table) for table in tables], indent=1, ensure_ascii=False, allow_nan=False)
    return printable_json(text) + "\n"


def _table(table: FilledTable) -> dict[str, Json]:
    layout = table.layout
    return {
        "spec": layout.spec,
        "title": layout.title,
        "seeds": layout.seeds,
        "rows": [attrs.asdict(row) for row in layout.rows],
        "columns": [attrs.asdict(column) for column in layout.columns],
        "cells": [_cell(table, row, column) for row in layout.rows for column in layout.columns],
        "comparisons": [comparison_record(comparison) for comparison in table.comparisons],
    }


def _cell(table: FilledTable, row: Row, column: Column) -> dict[str, Json]:
    cell = table.cells[row.name, column.name]
    fields = {
        "row": row.name,
        "column": column.name,
        "run": run(table.layout, row, column),
        **record(cell, column.quantity),
        "imported": imported(table.layout, row, column),
        "on": images_of(table.layout, column),
    }
    if column.quantity != "parameters":
        fields["best"] = isinstance(cell, MeasuredCell) and cell.best
        fields["tied"] = isinstance(cell, MeasuredCell) and cell.tied
        fields["scores"] = list(per_seed(table, row.name, column.name))
    return fields
