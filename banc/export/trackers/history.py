"""A training's curve, whole, from its ``history.csv``.

In: a workspace and the address of a training. Out: a row an epoch, with the series as trackers call them.
"""

from __future__ import annotations

import csv
from math import isfinite
from pathlib import Path

from banc.errors import BancError
from banc.export.trackers.record import Row
from banc.stage.files import ERROR_ON, HISTORY, folder
from banc.stage.kinds import Address

CURVE = "train/error"
"""The series that every curve has."""

SERIES = {
    "learning_rate": "learning_rate",
    "loss": "train/loss",
    "error": CURVE,
    **{column: f"{part}/error" for part, column in ERROR_ON.items()},
}
"""What a tracker calls each column. Errors in percent, losses in nats."""


def read_curve(root: Path, address: Address) -> tuple[Row, ...] | None:
    """The rows by epoch; None where the training is not here.

    Raises:
        BancError: the file is damaged, or cannot be read.
    """
    where = f"{folder(address)}/{HISTORY}"
    if not (root / where).is_file():
        return None
    try:
        with (root / where).open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file, strict=True))
        rows = tuple(
            Row(
                int(line["epoch"]),
                {SERIES[column]: _number(text) for column, text in line.items() if column in SERIES and text},
            )
            for line in lines
        )
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise _damaged(where) from error
    if not rows or [row.epoch for row in rows] != sorted({row.epoch for row in rows}):
        raise _damaged(where)
    return rows


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _damaged(where: str) -> BancError:
    return BancError(
        f"`{where}` is damaged: it is no table of epochs",
        hint="delete it and run `dvc repro`, which brings it back from the cache or computes it again",
    )
