"""Runs and a layout -> the pictures of sweeps: one panel for each sweep and network.

In: the runs of a spec, and which columns are points of which sweep. Out: errors by value. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banc.document.document import Name, Run, SweepLine, SweepPanel
from banc.stage.layout import Layout, SweepAxis


def sweep_panels(runs: Sequence[Run], layout: Layout) -> tuple[SweepPanel, ...]:
    """A panel where at least two points have a finished run; sweeps in the order of the spec."""
    by_name = {run.name: run for run in runs}
    networks = {run.name[0]: run.network for run in runs}
    panels = (
        SweepPanel(
            model,
            network,
            axis.name,
            _word(axis.fields[0]),
            tuple(dict.fromkeys(point.values[0] for point in axis.points)),
            tuple(_lines(axis, model, by_name)),
            layout.on,
        )
        for axis in layout.sweeps
        for model, network in networks.items()
    )
    return tuple(panel for panel in panels if _measured(panel) > 1)


def swept_columns(layout: Layout) -> frozenset[str]:
    """The columns that are points of sweeps."""
    return frozenset(column for axis in layout.sweeps for point in axis.points for column in point.columns)


def _measured(panel: SweepPanel) -> int:
    return sum(run is not None and bool(run.errors) for line in panel.lines for run in line.runs)


def _lines(axis: SweepAxis, model: str, by_name: dict[Name, Run]) -> Iterator[SweepLine]:
    """One for each value of the second field, and for each generation of a lineage."""
    second = tuple(dict.fromkeys(point.values[1:] for point in axis.points))
    generations = len(axis.points[0].columns)
    for values in second:
        points = [point for point in axis.points if point.values[1:] == values]
        for generation in range(generations):
            words = [f"{_word(axis.fields[1])} {values[0]}"] if values else []
            words += [f"generation {generation + 1}"] if generations > 1 else []
            runs = tuple(by_name.get((model, point.columns[generation])) for point in points)
            yield SweepLine(", ".join(words), runs)


def _word(field: str) -> str:
    """``temperature`` of ``objective.temperature``."""
    return field.rpartition(".")[2].replace("_", " ")
