"""The tables of `make gpu` in Markdown, and their place in ``docs/performance.md``.

python tests/gpu/page.py FOLDER/gpu.json docs/performance.md
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PLACE = re.compile(r"(<!-- measured on a GPU -->\n).*?(<!-- end of measured -->)", re.DOTALL)

NAMES = {"none": "labels", "stored": "stored outputs", "live": "live teacher"}
WHAT = {
    "loop": "training",
    "alone": "the network alone",
    "several": "trainings side by side",
    "profile": "how long the GPU is at work",
    "filling": "filling a store",
}
SPEED = "images per second"

Line = dict[str, Any]


def written(result: dict[str, Any]) -> str:
    """Conditions, a table for each kind of measurement, and what was left out."""
    machine, measured = result["machine"], result["measured"]
    kinds = {each["n"] for each in measured}
    counts = f"{min(kinds)} to {max(kinds)}" if len(kinds) > 1 else "".join(map(str, kinds))
    lines = [
        f"*{machine['date']}; {machine['device']}, {machine['cpus']} CPU cores; Python {machine['python']}, "
        f"torch {machine['torch']}, CUDA {machine['cuda']}; batch {machine['batch']}, epochs of "
        f"{machine['steps']} steps; n = {counts}.*\n"
    ]
    if not machine["gpu"]:
        lines.append("Run on a CPU: these numbers say nothing about a GPU.\n")
    tables = (trainings, several, profiles, stores, others)
    lines += filter(None, (make(measured) for make in tables))
    lines += left_out(result["left out"])
    return "\n".join(lines)


def left_out(lines: list[Line]) -> Iterator[str]:
    """Why some were not measured, and a row for each way, with its networks: a table for each reason."""
    for why in dict.fromkeys(line["why"] for line in lines):
        networks: dict[tuple[str, ...], list[str]] = {}
        for line in lines:
            if line["why"] == why:
                networks.setdefault(way_in_words(line), []).append(line["model"])
        yield f"Not measured: {why}.\n"
        heading = ["what", "objective", "precision", "deterministic", "steps", "networks"]
        yield table(heading, [[*way, ", ".join(models)] for way, models in networks.items()], words=6)


def way_in_words(line: Line) -> tuple[str, ...]:
    """What is measured in a line, but of which network."""
    what = WHAT.get(line["what"], line["what"])
    if line["processes"] > 1:
        what = f"{line['processes']} {what} {'with' if line['mps'] else 'without'} MPS"
    deterministic = "yes" if line["deterministic"] else "no"
    return what, NAMES[line["teacher"]], line["precision"], deterministic, steps(line)


def trainings(measured: list[Line]) -> str:
    """A row for each way, with what the network alone does where that was measured the same way."""
    keys = ("model", "teacher", "precision", "deterministic", "recorded")
    found = {(each["what"], *(each[key] for key in keys)): each for each in measured}
    rows = []
    for each in measured:
        if each["what"] != "loop":
            continue
        way = tuple(each[key] for key in keys)
        labels = found.get(("loop", way[0], "none", *way[2:]))
        alone = found.get(("alone", *way))
        speed = each[SPEED]
        rows.append(
            [
                *(each["model"], NAMES[each["teacher"]], each["precision"]),
                "yes" if each["deterministic"] else "no",
                steps(each),
                f"{speed:,.0f}",
                f"{each['least']:,.0f} to {each['most']:,.0f}",
                percent(each["share of peak"]),
                f"{50_000 / speed:.1f} s",
                percent(alone and speed / alone[SPEED]),
                "" if labels is None or labels is each else f"{speed / labels[SPEED]:.2f}",
            ]
        )
    heading = ["network", "objective", "precision", "deterministic", "steps", "images/s", "least to most"]
    heading += ["of the peak", "50,000 images", "of the network alone", "of labels"]
    return table(heading, rows, words=5)


def several(measured: list[Line]) -> str:
    """Trainings side by side, against one alone."""
    one = {each["model"]: each for each in reversed(measured) if each["what"] == "loop" and plain(each)}
    rows = [
        [
            *(each["model"], str(each["processes"]), "yes" if each["mps"] else "no"),
            f"{each[SPEED]:,.0f}",
            percent(each["share of peak"]),
            f"{each[SPEED] / one[each['model']][SPEED]:.2f}" if each["model"] in one else "",
        ]
        for each in measured
        if each["what"] == "several"
    ]
    heading = ["network, bfloat16", "processes", "MPS", "images/s of all", "of the peak", "of one alone"]
    return table(heading, rows, words=3)


def plain(line: Line) -> bool:
    """Whether it is what trainings side by side do, alone."""
    return (
        line["teacher"] == "none"
        and line["precision"] == "bfloat16"
        and bool(line["deterministic"] and line["recorded"])
    )


def profiles(measured: list[Line]) -> str:
    """How long the device is at work in an epoch, and with what."""
    rows = [
        [
            *(each["model"], steps(each), percent(each["busy"])),
            "; ".join(f"{share:.0%} {name[:60]}" for name, share in each["kernels"]).replace("|", "/"),
        ]
        for each in measured
        if each["what"] == "profile"
    ]
    heading = ["network, bfloat16", "steps", "of an epoch the GPU is at work", "longest kernels"]
    return table(heading, rows, words=4)


def stores(measured: list[Line]) -> str:
    """What filling a store does against plain inference."""
    alone = {each["model"]: each for each in measured if each["what"] == "inference"}
    rows = [
        [
            each["model"],
            f"{each[SPEED]:,.0f}",
            f"{alone[each['model']][SPEED]:,.0f}",
            percent(each[SPEED] / alone[each["model"]][SPEED]),
        ]
        for each in measured
        if each["what"] == "filling" and each["model"] in alone
    ]
    return table(["network, bfloat16", "filling, outputs/s", "inference, outputs/s", "ratio"], rows, words=1)


def others(measured: list[Line]) -> str:
    """torchdistill, and banc's loop with as precise numbers."""
    keys = ("model", "teacher", "precision")
    ours = {
        tuple(each[key] for key in keys): each[SPEED]
        for each in measured
        if each["what"] == "loop" and each["deterministic"] and each["recorded"]
    }
    rows = [
        [
            *(each["model"], each["precision"], f"{each[SPEED]:,.0f}"),
            *((f"{mine:,.0f}", f"{mine / each[SPEED]:.1f}") if (mine := ours.get(way)) else ("", "")),
        ]
        for each in measured
        if each["what"] == "torchdistill"
        for way in [tuple(each[key] for key in keys)]
    ]
    heading = ["network, live teacher", "precision", "torchdistill, images/s", "banc, images/s", "ratio"]
    return table(heading, rows, words=2)


def steps(line: Line) -> str:
    return "recorded" if line["recorded"] else "kernel by kernel"


def percent(share: float | None) -> str:
    """With a decimal where it is small."""
    return "" if share is None else f"{100 * share:.1f} %" if share < 0.5 else f"{100 * share:.0f} %"


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
