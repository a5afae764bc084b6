"""The tables of `make gpu` in Markdown, and their place in ``docs/performance.md``.

python tests/gpu/page.py FOLDER/gpu.json docs/performance.md
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

PLACE = re.compile(r"(<!-- measured on a GPU -->\n).*?(<!-- end of measured -->)", re.DOTALL)

NAMES = {"none": "labels", "stored": "stored outputs", "live": "live teacher"}


def written(result: dict[str, Any]) -> str:
    """Conditions, a table of trainings, one of stores, and what was left out."""
    machine, measured = result["machine"], result["measured"]
    kinds = {each["n"] for each in measured}
    counts = f"{min(kinds)} to {max(kinds)}" if len(kinds) > 1 else "".join(map(str, kinds))
    lines = [
        f"*{machine['date']}; {machine['device']}, {machine['cpus']} CPU cores; Python {machine['python']}, "
        f"torch {machine['torch']}, CUDA {machine['cuda']}; batch {machine['batch']}, epochs of "
        f"{machine['steps']} steps; n = {counts}.*"
    ]
    if not machine["gpu"]:
        lines.append("\nRun on a CPU: these numbers say nothing about a GPU.")
    lines.append("\n" + trainings(measured))
    lines.append(stores(measured))
    for each in result["left out"]:
        said = ", ".join(str(each[key]) for key in ("what", "model", "teacher", "precision"))
        lines.append(f"Not measured: {said}, deterministic {each['deterministic']}: {each['why']}.\n")
    return "\n".join(lines)


def trainings(measured: list[dict[str, Any]]) -> str:
    """A row for each way, with what the network alone does where that was measured the same way."""
    keys = ("model", "teacher", "precision", "deterministic")
    found = {(each["what"], *(each[key] for key in keys)): each for each in measured}
    rows = []
    for each in measured:
        if each["what"] != "loop":
            continue
        way = tuple(each[key] for key in keys)
        labels = found.get(("loop", way[0], "none", *way[2:]))
        alone = found.get(("alone", *way))
        speed = each["images per second"]
        rows.append(
            [
                *(each["model"], NAMES[each["teacher"]], each["precision"]),
                "yes" if each["deterministic"] else "no",
                f"{speed:,.0f}",
                f"{each['least']:,.0f} to {each['most']:,.0f}",
                "" if each["share of peak"] is None else f"{100 * each['share of peak']:.1f} %",
                f"{50_000 / speed:.1f} s",
                "" if alone is None else f"{100 * speed / alone['images per second']:.0f} %",
                "" if labels is None or labels is each else f"{speed / labels['images per second']:.2f}",
            ]
        )
    heading = ["network", "objective", "precision", "deterministic", "images/s", "least to most"]
    heading += ["of the peak", "50,000 images", "of the network alone", "of labels"]
    return table(heading, rows, words=4)


def stores(measured: list[dict[str, Any]]) -> str:
    """What filling a store does against plain inference."""
    plain = {each["model"]: each for each in measured if each["what"] == "inference"}
    rows = [
        [
            each["model"],
            f"{each['images per second']:,.0f}",
            f"{plain[each['model']]['images per second']:,.0f}",
            f"{100 * each['images per second'] / plain[each['model']]['images per second']:.0f} %",
        ]
        for each in measured
        if each["what"] == "filling" and each["model"] in plain
    ]
    return table(["network, bfloat16", "filling, outputs/s", "inference, outputs/s", "ratio"], rows, words=1)


def table(heading: list[str], rows: list[list[str]], words: int) -> str:
    """In Markdown; the first ``words`` columns are words."""
    if not rows:
        return ""
    lines = [heading, ["---"] * words + ["---:"] * (len(heading) - words), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def placed(document: str, result: dict[str, Any]) -> str:
    """The document with the tables of ``result``."""
    if not result["machine"]["gpu"]:
        raise SystemExit("error: this was measured on a CPU; docs/performance.md takes what a GPU gave")
    return PLACE.sub(lambda found: f"{found[1]}{written(result)}{found[2]}", document)


if __name__ == "__main__":
    measured, document = map(Path, sys.argv[1:])
    document.write_text(placed(document.read_text(), json.loads(measured.read_text())))
