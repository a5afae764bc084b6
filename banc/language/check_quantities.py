"""The columns of a table that show something else of runs than their error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from banc.language.codes import Code
from banc.language.columns import table_columns
from banc.language.declared import DeclaredEnsemble, DeclaredRun, Run, RunName
from banc.language.fault import Fault
from banc.language.positions import KeyPath
from banc.language.references import run_name, select, shown
from banc.language.source import Source
from banc.language.spec import PARAMETERS, Spec
from banc.stage.layout import Measure


def check_quantities(source: Source, spec: Spec, runs: Mapping[RunName, Run]) -> Iterator[Fault]:
    """A column that the table lacks, that hides runs, or whose runs do not have the quantity."""
    table, rows = spec.table, select(spec, spec.table.rows)
    columns = tuple(column for column in table_columns(spec) if column != PARAMETERS)
    for name, quantity in table.quantities.items():
        path: KeyPath = ("table", "quantities", name)
        if name == PARAMETERS:
            message = f"`{PARAMETERS}` counts the rows' networks"
            yield source.fault(Code.CELL_TAKEN, path, message, at_key=True)
            continue
        if name not in columns:
            message = f"the table has no column `{name}`"
            yield source.fault(Code.QUANTITY_NOWHERE, path, message, at_key=True, legal=columns, word=name)
        if hidden := [row for row in rows if run_name(spec, name, row) in runs]:
            message = f"`{hidden[0]}` has its own run `{name}`, which this column would hide"
            yield source.fault(Code.CELL_TAKEN, path, message, at_key=True)
        of = [shown(spec, row, quantity.of) for row in rows]
        if quantity.of in table.quantities or not any(run in runs for run in of):
            message = f"no row has a run `{quantity.of}`"
            legal = tuple(dict.fromkeys(column for model, column in runs if model in rows))
            yield source.fault(Code.UNKNOWN_RUN, (*path, "of"), message, legal=legal, word=quantity.of)
            continue
        measured = [runs[run] for row in rows for run in [shown(spec, row, name)] if run in runs]
        if not any(_has(run, quantity.show) for run in measured):
            message = f"no run `{quantity.of}` has {_lacks(quantity.show)}"
            yield source.fault(Code.QUANTITY_UNFIT, (*path, "show"), message)


def _has(run: Run, quantity: Measure) -> bool:
    match quantity:
        case "agreement":
            return isinstance(run, DeclaredRun) and run.teacher is not None
        case "diversity" | "gain":
            return isinstance(run, DeclaredEnsemble)
        case "error" | "accuracy" | "top-5" | "loss" | "brier" | "calibration":
            return True


def _lacks(quantity: Measure) -> str:
    return "a teacher to agree with" if quantity == "agreement" else "members"
