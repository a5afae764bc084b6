"""Puts what was measured into ``docs/performance.md``, between the marks of each table.

In: pytest-benchmark's JSON, and the document. Out: the document. A benchmark says in its ``extra_info``
its table, its row and column there; or with ``cells`` the numbers or words of a whole column.
Tables that nothing was measured for stay as they are, and so does every word between tables.

    python tests/benchmarks/page.py measured.json docs/performance.md
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

Run = dict[str, Any]
Grid = dict[str, dict[str, str]]

TABLE = re.compile(r"(<!-- measured: (.+?) -->\n).*?(<!-- end of measured -->)", re.DOTALL)

LOOPS = (
    ("live teacher / stored outputs", "banc, live teacher", "banc, stored teacher outputs", "1.25"),
    (
        "torchdistill, one worker / banc, stored",
        "torchdistill, one worker",
        "banc, stored teacher outputs",
        "1.5",
    ),
    ("torchdistill, one worker / banc, live", "torchdistill, one worker", "banc, live teacher", "1.5"),
    ("torchdistill, no worker / banc, live", "torchdistill, no worker", "banc, live teacher", "1.5"),
    ("plain, one worker / banc, stored", "plain, one worker", "banc, stored teacher outputs", "1.5"),
    ("plain, one worker / banc, live", "plain, one worker", "banc, live teacher", "1.5"),
    ("plain, no worker / banc, live", "plain, no worker", "banc, live teacher", "1.5"),
)
RATIOS = {
    "loops, one thread": LOOPS,
    "loops, defaults": LOOPS,
    "determinism": (("on / off", "`deterministic = true`", "`deterministic = false`", ""),),
    "steps": (
        ("contiguous / channels last", "contiguous", "channels last", ""),
        (
            "channels last / freed memory kept",
            "channels last",
            "channels last, freed memory kept",
            "",
        ),
        ("channels last / compiled", "channels last", "channels last, `torch.compile`", ""),
        ("channels last / bfloat16", "channels last", "channels last, bfloat16", ""),
    ),
}
"""Below a table: what of its rows is divided by what, and the target."""


def written(document: str, measured: dict[str, Any]) -> str:
    """The document with the tables that were measured."""
    tables: dict[str, list[Run]] = {}
    for run in measured["benchmarks"]:
        if "table" in run["extra_info"]:
            tables.setdefault(run["extra_info"]["table"], []).append(run)
    unknown = tables.keys() - {found[2] for found in TABLE.finditer(document)}
    if unknown:
        raise SystemExit(f"error: the document has no place for {sorted(unknown)}")

    def replaced(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        if name not in tables:
            return found[0]
        parts = [conditions(measured, tables[name]), table(heading(tables[name]), cells(tables[name]))]
        if divided := ratios(name, tables[name]):
            parts.append(table("ratio of medians / of minima", divided))
        return begin + "\n".join(parts) + end

    return TABLE.sub(replaced, document)


def conditions(measured: dict[str, Any], runs: list[Run]) -> str:
    """When and on what."""
    machine = measured["machine_info"]
    cpu = machine["cpu"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    rounds = sorted({run["stats"]["rounds"] for run in runs})
    counts = str(rounds[0]) if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}"
    return (
        f"*{measured['datetime'][:10]}; {cpu['brand_raw']}, {cpu['count']} cores, load {machine['load']} "
        f"at the start; Python {machine['python_version']}, {packages}; n = {counts}.*\n"
    )


def cells(runs: list[Run]) -> Grid:
    """Text by row and column, in the order in which things were measured."""
    grid: Grid = {}
    for run in runs:
        about, stats = run["extra_info"], run["stats"]
        if "row" in about:
            text = f"{seconds(stats['median'])} / {seconds(stats['min'])}"
            grid.setdefault(about["row"], {})[about["column"]] = text
        for row, value in about.get("cells", {}).items():
            grid.setdefault(row, {})[about["column"]] = value if isinstance(value, str) else number(value)
    return grid


def heading(runs: list[Run]) -> str:
    """Of the column with the rows' names: what a time is. Other rows say it themselves."""
    return "median / minimum" if any("row" in run["extra_info"] for run in runs) else ""


def ratios(name: str, runs: list[Run]) -> Grid:
    """Each where both of its sides were measured."""
    times = {(run["extra_info"].get("row"), run["extra_info"]["column"]): run["stats"] for run in runs}
    grid: Grid = {}
    for label, above, below, target in RATIOS.get(name, ()):
        found = {
            column: " / ".join(number(times[above, column][of] / stats[of]) for of in ("median", "min"))
            for (row, column), stats in times.items()
            if row == below and (above, column) in times
        }
        if found:
            grid[label] = {**found, **({"target": target} if target else {})}
    return grid


def table(corner: str, grid: Grid) -> str:
    """In Markdown; a cell that nothing was measured for is empty."""
    columns = list(dict.fromkeys(column for row in grid.values() for column in row))
    lines = [[corner, *columns], ["---", *["---:"] * len(columns)]]
    lines += [[label, *(row.get(column, "") for column in columns)] for label, row in grid.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def seconds(value: float) -> str:
    """With its unit, three digits or so."""
    return f"{number(value)} s" if value >= 1 else f"{number(1000 * value)} ms"


def number(value: float) -> str:
    """Three digits, and all of those before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


if __name__ == "__main__":
    measured, document = map(Path, sys.argv[1:])
    document.write_text(written(document.read_text(), json.loads(measured.read_text())))
