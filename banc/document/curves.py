"""The training curves of a spec's networks, from their ``history.csv``.

In: a workspace and runs. Out: panels, one a network. A file that is missing or damaged is left out: ``banc
verify`` says what is wrong with it. Of a long training evenly chosen epochs are kept, for a picture shows
no more.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from banc.document.document import Curve, CurvePanel, Run, SeedCurve
from banc.stage.files import ERROR_ON, HISTORY, folder
from banc.stage.kinds import Address

POINTS = 120
"""Epochs of a curve, at most."""


def curve_panels(root: Path, runs: Sequence[Run]) -> tuple[CurvePanel, ...]:
    """A panel for each network of which some training is finished."""
    panels = []
    for model in dict.fromkeys(run.name[0] for run in runs):
        curves: list[Curve] = []
        drops: set[int] = set()
        for run in runs:
            if run.name[0] != model or run.kind != "trained":
                continue
            seeds = []
            for address in run.networks.values():
                if (read := read_history(root, address)) is not None:
                    seeds.append(read[0])
                    drops |= set(read[1])
            if seeds:
                curves.append(Curve(run.label, run.generation, tuple(seeds)))
        if curves:
            network = next(run.network for run in runs if run.name[0] == model)
            on = curves[0].seeds[0].on
            panels.append(CurvePanel(model, network, tuple(curves), tuple(sorted(drops)), on))
    return tuple(panels)


def read_history(root: Path, address: Address) -> tuple[SeedCurve, tuple[int, ...]] | None:
    """The curve of one training, and the epochs after which its learning rate dropped."""
    try:
        with (root / folder(address) / HISTORY).open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file, strict=True))
        epochs = [int(line["epoch"]) for line in lines]
        errors = [float(line["error"]) for line in lines]
        rates = [float(line["learning_rate"]) for line in lines]
        parts = [part for part, name in ERROR_ON.items() if lines and name in lines[0]]
        on = parts[0] if parts else "test"
        tested = tuple(
            (epoch, float(text))
            for epoch, line in zip(epochs, lines, strict=True)
            if (text := line.get(ERROR_ON[on]))
        )
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None
    if not epochs:
        return None
    kept = list(_thinned(len(epochs)))
    curve = SeedCurve(tuple(epochs[at] for at in kept), tuple(errors[at] for at in kept), tested, on)
    return curve, tuple(_drops(epochs, rates))


def _thinned(length: int) -> Iterator[int]:
    """At most ``POINTS`` indices, the first and the last among them."""
    if length <= POINTS:
        yield from range(length)
        return
    yield from (round(at * (length - 1) / (POINTS - 1)) for at in range(POINTS))


def _drops(epochs: Sequence[int], rates: Sequence[float]) -> Iterator[int]:
    """Steps of a schedule; a rate that changes in most epochs has none."""
    changed = [epochs[at - 1] for at in range(1, len(rates)) if rates[at] < rates[at - 1]]
    if len(changed) <= max(4, len(rates) // 10):
        yield from changed
