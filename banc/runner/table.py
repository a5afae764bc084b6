"""A ``table`` stage: the metrics that a spec's table shows, gathered into one file that is committed.

In: ``metrics.json`` of its scores. Out: ``results.json``. Knows neither labels nor order: those are
the report's.
"""

from __future__ import annotations

import json
from pathlib import Path

from banc.digest import Json
from banc.runner.files.npy import damaged
from banc.stage import files
from banc.stage.kinds import Address, Table
from banc.stage.metrics import metrics_from


def table(root: Path, stage: Table, folder: Path) -> None:
    """Writes ``{"scores": {address: metrics}}`` into ``folder``.

    Raises:
        BancError: a score's metrics are damaged.
    """
    scores = {score: _metrics(root, score) for score in stage.scores}
    (folder / files.RESULTS).write_text(json.dumps({"scores": scores}, indent=1, sort_keys=True) + "\n")


def _metrics(root: Path, score: Address) -> Json:
    path = root / files.folder(score) / files.METRICS
    try:
        value: Json = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise damaged(path) from error
    try:
        metrics_from(value)
    except ValueError as error:
        raise damaged(path, str(error)) from error
    return value
