from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from banc.document.document import Document, EnergySum
from banc.document.html.cost import cost_html
from banc.stage.timing import FILE, Drawn, Timing, timing_from, timing_line


def test_seconds_by_run_and_in_all(document: Document) -> None:
    cost = document.reports[0].cost
    by_run = {(run.network, run.label): run for run in cost.runs}
    teacher = by_run['A "dense" <b>net</b>', "teacher"]
    assert (teacher.training, teacher.timed, teacher.of) == (3 * 31.5, 6, 6)
    assert teacher.storing == pytest.approx(3 * 2.3)
    assert cost.seconds == pytest.approx(18 * 31.5 + 6 * 2.3)
    assert (cost.timed, cost.stages) == (24, 47)


def test_what_looking_up_saved(document: Document) -> None:
    """Twelve students of 40 epochs over 200 images; six stores of nine views each."""
    saved = document.reports[0].cost.saved
    assert saved is not None
    assert (saved.passes, saved.stored) == (12 * 40 * 200, 6 * 9 * 200)
    assert saved.seconds == pytest.approx((saved.passes - saved.stored) * 1.8 / 1800)


def test_a_fresh_clone_knows_no_times(new_workspace: Callable[..., Any]) -> None:
    cost = new_workspace().gather().reports[0].cost
    assert (cost.timed, cost.seconds, cost.devices) == (0, 0, ())
    assert cost.saved is not None and cost.saved.seconds is None


def test_energy_by_run_and_in_all(new_workspace: Callable[..., Any], finishes: Callable[..., None]) -> None:
    """Trainings draw 3,600 J of a GPU and 36 of a CPU each, one after another; stores 7 of a CPU."""
    workspace = new_workspace()
    finishes(workspace.root, workspace.stages)
    path = workspace.root / FILE
    lines = [line for text in path.read_text().splitlines() if (line := timing_from(text))]

    def drawn(number: int, line: Timing) -> tuple[Drawn, ...]:
        since, until = 100.0 * number, 100.0 * number + line.whole
        cpu = Drawn("cpu 0123abcd package-0", 36.0 if line.kind == "train" else 7.0, since, until)
        return (Drawn("gpu GPU-x", 3600.0, since, until), cpu) if line.kind == "train" else (cpu,)

    measured = [evolve(line, energy=drawn(number, line)) for number, line in enumerate(lines)]
    path.write_text("".join(timing_line(line) + "\n" for line in measured))
    document = workspace.gather()
    cost = document.reports[0].cost
    assert cost.energy == EnergySum(18 * 3600.0, 18, 18 * 36.0 + 6 * 7.0, 24, unknown=0)
    teacher = next(run for run in cost.runs if run.label == "teacher" and run.training == 3 * 31.5)
    assert teacher.joules == 3 * 3636.0 + 3 * 7.0
    html = cost_html(cost)
    assert "Energy: <b>18.2 Wh</b>: 18.0 Wh of GPUs in 18 stages; 0.2 Wh of CPUs" in html
    assert "is not known" not in html

    # One line of an older version, which had no such field: its run is not known, the others are.
    old = json.loads(timing_line(next(line for line in measured if line.kind == "train")))
    del old["energy"]
    path.write_text(path.read_text() + json.dumps(old) + "\n")
    cost = workspace.gather().reports[0].cost
    assert cost.energy is not None and (cost.energy.gpu_stages, cost.energy.unknown) == (17, 1)
    assert [run.joules for run in cost.runs].count(None) == 1
    assert "What 1 stage drew is not known." in cost_html(cost)


def test_without_counters_there_is_no_energy(document: Document) -> None:
    cost = document.reports[0].cost
    assert cost.energy is None
    assert "Energy" not in cost_html(cost)
