"""A ``table`` stage: the metrics that a spec's table shows, gathered into files that are committed.

In: what its scores wrote. Out: ``results.json`` and ``details.json``. Knows neither labels nor order:
those are the report's.
"""

from __future__ import annotations

import json
from pathlib import Path

from banc.digest import Json
from banc.runner.files.npy import damaged, read_array
from banc.stage import files
from banc.stage.details import Details, details_text
from banc.stage.kinds import Address, Table
from banc.stage.metrics import metrics_from, quality_from


def table(root: Path, stage: Table, folder: Path) -> None:
    """Writes ``{"scores": {address: metrics}}`` into ``folder``, and the details of each score.

    Raises:
        BancError: what a score wrote is damaged.
    """
    scores = {score: _metrics(root, score) for score in stage.scores}
    details = {score: _details(root, score) for score in stage.scores}
    (folder / files.DETAILS).write_text(details_text(details))
    (folder / files.RESULTS).write_text(json.dumps({"scores": scores}, indent=1, sort_keys=True) + "\n")


def _metrics(root: Path, score: Address) -> Json:
    path = root / files.folder(score) / files.METRICS
    value = _json(path)
    try:
        metrics_from(value)
    except ValueError as error:
        raise damaged(path, str(error)) from error
    return value


def _details(root: Path, score: Address) -> Details:
    folder = root / files.folder(score)
    outcomes = read_array(folder / files.OUTCOMES)
    if outcomes.ndim != 1 or outcomes.dtype.kind != "u":
        raise damaged(folder / files.OUTCOMES)
    try:
        return Details(quality_from(_json(folder / files.QUALITY)), outcomes)
    except ValueError as error:
        raise damaged(folder / files.QUALITY, str(error)) from error


def _json(path: Path) -> Json:
    try:
        value: Json = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise damaged(path) from error
    return value
