"""A table as JSON: the records of the CSV, the labels, and each seed's error with its score's address."""

from __future__ import annotations

import json

import attrs

from banc.digest import Json
from banc.report.cells import Measured, Table
from banc.report.record import record
from banc.stage.layout import Column, Row


def json_text(table: Table) -> str:
    """One object, with ``cells`` row by row."""
    layout = table.layout
    value = {
        "spec": layout.spec,
        "title": layout.title,
        "seeds": layout.seeds,
        "rows": [attrs.asdict(row) for row in layout.rows],
        "columns": [attrs.asdict(column) for column in layout.columns],
        "cells": [_cell(table, row, column) for row in layout.rows for column in layout.columns],
    }
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(table: Table, row: Row, column: Column) -> dict[str, Json]:
    place = (row.name, column.name)
    cell = table.cells[place]
    found = {"row": row.name, "column": column.name, **record(cell, column.quantity)}
    if column.quantity == "error":
        addresses = table.layout.scores.get(place, ())
        errors = cell.errors if isinstance(cell, Measured) else (None,) * len(addresses)
        found["best"] = isinstance(cell, Measured) and cell.best
        found["scores"] = [
            {"address": address, "error": error} for address, error in zip(addresses, errors, strict=True)
        ]
    return found
