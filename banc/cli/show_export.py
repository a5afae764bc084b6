"""What was exported, as text.

In: what ``export`` wrote, or what a tracker got. Out: lines for people: what it is, its test error, and each
file with its size; how many runs, and which are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from banc.cli.words import count, of_seeds
from banc.export.trackers.gather import Gathered
from banc.export.trackers.tracker import DATABASE, Mlflow, TensorBoard, Tracker, WeightsAndBiases, Written
from banc.printable import one_line
from banc.stage.index import Use

if TYPE_CHECKING:
    from banc.export.export import Exported

_SHOWN = 8
"""Runs that are named, at most; all seeds of one are one."""


def lines(exported: Exported, folder: Path) -> Iterator[str]:
    """A line that sums up, and a line a file."""
    subject = exported.subject
    error = f"{subject.metrics.on} error {subject.metrics.error:.2f} %"
    yield f"wrote {one_line(subject.name)} to {folder}: {error}"
    longest = max(map(len, exported.sizes))
    for name, size in exported.sizes.items():
        yield f"  {name:<{longest}}  {size:>12,} bytes"


def written_line(tracker: Tracker, written: Written) -> str:
    """What a tracker got, and how to look at it."""
    match tracker:
        case TensorBoard(folder):
            look = f": `tensorboard --logdir {folder}` shows them"
        case Mlflow(folder=None):
            look = ""
        case Mlflow(folder=folder):
            look = f": `mlflow ui --backend-store-uri sqlite:///{folder}/{DATABASE}` shows them"
        case WeightsAndBiases(folder):
            look = f": `wandb sync {folder}` uploads them"
    unchanged = f"; {written.unchanged} there already" if written.unchanged else ""
    runs = count(written.new, "run")
    return f"wrote {runs} to {one_line(tracker.place)}{unchanged}{one_line(look)}"


def left_out(gathered: Gathered) -> Iterator[str]:
    """What is not finished, each line with its end."""
    for uses, why in (
        (gathered.unfinished, "not exported, since not finished"),
        (gathered.without_score, "exported without scores, which are not there yet"),
        (
            gathered.without_curve,
            "exported without curves, which `dvc pull` fetches from where they were made",
        ),
    ):
        if uses:
            runs = _by_run(uses)
            more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
            yield f"{why}: {'; '.join(runs[:_SHOWN])}{more}\n"


def _by_run(uses: Sequence[Use]) -> list[str]:
    """``densenet ban-2 seeds 0 to 4``: each run once, with its spec where there are several."""
    several = len({use.spec for use in uses}) > 1
    seeds: dict[str, list[int]] = {}
    for use in uses:
        run = f"{use.model} {use.column}{f' of {use.spec}' * several}"
        seeds.setdefault(run, []).extend(() if use.seed is None else (use.seed,))
    return [one_line(f"{run} {of_seeds(of_run)}" if of_run else run) for run, of_run in seeds.items()]
