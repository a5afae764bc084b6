"""Giving runs to a tracker.

In: a tracker and records. Out: what was written. Each tracker is written by a module of its own, the one that
imports its library.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from banc import paths
from banc.errors import BancError, UsageError
from banc.export.trackers.record import Record
from banc.export.trackers.tracker import Mlflow, TensorBoard, Tracker, WeightsAndBiases, Written


def check_place(root: Path, tracker: Tracker) -> None:
    """Refuses the folders of banc and DVC in the workspace ``root``, of which `runs` is TensorBoard's custom.

    Raises:
        UsageError: it is in one of them.
    """
    if tracker.folder is None:
        return
    folder = tracker.folder.resolve()
    for own in (paths.RUNS, paths.RESULTS, paths.PIPELINES, paths.SPECS, paths.PRIVATE, ".dvc"):
        if folder.is_relative_to(root / own):
            raise UsageError(
                f"`{tracker.place}` is in `{own}/`, which banc and DVC keep for themselves",
                hint="name another folder, such as `logs`",
            )


def require(tracker: Tracker) -> None:
    """Imports the tracker's library.

    Raises:
        BancError: it is not installed.
    """
    match tracker:
        case TensorBoard():
            from banc.export.trackers import tensorboard

            tensorboard.require()
        case Mlflow():
            from banc.export.trackers import mlflow

            mlflow.require()
        case WeightsAndBiases():
            from banc.export.trackers import wandb

            wandb.require()


def write(tracker: Tracker, records: Sequence[Record]) -> Written:
    """Gives ``records`` to the tracker, each whole or not at all.

    Raises:
        UsageError: what the tracker names is no place to write to.
        BancError: its library is not installed, or the file system, a database or a server refuses.
    """
    try:
        match tracker:
            case TensorBoard(folder):
                from banc.export.trackers import tensorboard

                return tensorboard.write(folder, records)
            case Mlflow():
                from banc.export.trackers import mlflow

                return mlflow.write(tracker, records)
            case WeightsAndBiases(folder):
                from banc.export.trackers import wandb

                return wandb.write(folder, records)
    except OSError as error:
        where = error.filename or tracker.place
        raise BancError(
            f"cannot write `{where}`: {(error.strerror or str(error)).lower()}",
            hint="what was written before is whole, and the next export goes on from there",
        ) from error
