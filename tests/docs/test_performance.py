"""`make bench` writes its tables into a document from what it measured, and touches nothing else there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

DOCUMENT = """# Performance

Words before.
<!-- measured: loops, one thread -->
an older table
<!-- end of measured -->
Words between.
<!-- measured: memory -->
stays
<!-- end of measured -->
Words after.
"""

WRITTEN = """# Performance

Words before.
<!-- measured: loops, one thread -->
*2026-01-02; A CPU, 2 cores, load 0.1 at the start; Python 3.11.7, torch 2.15.0; n = 3.*

| median / minimum | densenet | wide |
| --- | ---: | ---: |
| banc, stored teacher outputs | 2.00 s / 1.90 s | 500 ms / 400 ms |
| banc, live teacher | 3.00 s / 2.50 s |  |
| a number | 12.3 |  |
| a word | yes |  |

| ratio of medians / of minima | densenet | target |
| --- | ---: | ---: |
| live teacher / stored outputs | 1.50 / 1.32 | 1.25 |
<!-- end of measured -->
Words between.
<!-- measured: memory -->
stays
<!-- end of measured -->
Words after.
"""


def run(row: str, column: str, median: float, least: float, **more: Any) -> dict[str, Any]:
    about = {"table": "loops, one thread", "row": row, "column": column, **more}
    return {"extra_info": about, "stats": {"median": median, "min": least, "rounds": 3}}


MEASURED = {
    "datetime": "2026-01-02T03:04:05",
    "machine_info": {
        "cpu": {"brand_raw": "A CPU", "count": 2},
        "load": 0.1,
        "python_version": "3.11.7",
        "packages": {"torch": "2.15.0"},
    },
    "benchmarks": [
        run("banc, stored teacher outputs", "densenet", 2.0, 1.9),
        run("banc, stored teacher outputs", "wide", 0.5, 0.4),
        run("banc, live teacher", "densenet", 3.0, 2.5, cells={"a number": 12.345, "a word": "yes"}),
    ],
}


def page(checkout: Path, tmp_path: Path, measured: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    (tmp_path / "measured.json").write_text(json.dumps(measured))
    (tmp_path / "page.md").write_text(DOCUMENT)
    command = [sys.executable, "tests/benchmarks/page.py", tmp_path / "measured.json", tmp_path / "page.md"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_what_was_measured_is_between_its_marks(checkout: Path, tmp_path: Path) -> None:
    done = page(checkout, tmp_path, MEASURED)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.md").read_text() == WRITTEN


def test_a_table_without_a_place_is_said(checkout: Path, tmp_path: Path) -> None:
    stray = run("a row", "a column", 1.0, 1.0)
    stray["extra_info"]["table"] = "nowhere"
    done = page(checkout, tmp_path, {**MEASURED, "benchmarks": [stray]})
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert (tmp_path / "page.md").read_text() == DOCUMENT
