"""Reads the metrics that a layout asks for, as far as they are there.

In: a workspace and a layout. Out: metrics by address. A stage's own file goes before the committed
results, which a fresh clone has without having run anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from pathlib import Path

from banc import paths
from banc.digest import Json
from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address
from banc.stage.layout import Layout
from banc.stage.metrics import Metrics, metrics_from

Results = Mapping[Address, Metrics]
"""What is finished. An address that is not in here is not."""


def collect(root: Path, layout: Layout) -> Results:
    """The metrics of the scores in ``layout`` that are finished.

    Raises:
        BancError: a file is damaged, or cannot be read.
    """
    wanted = {address for addresses in layout.scores.values() for address in addresses}
    return collect_scores(root, wanted, layout.spec)


def collect_scores(root: Path, wanted: Set[Address], spec: str) -> Results:
    """The metrics of those of the scores ``wanted`` that are finished. ``spec`` is the name of a table.

    Raises:
        BancError: a file is damaged, or cannot be read.
    """
    results: dict[Address, Metrics] = {}
    for address in sorted(wanted):
        where = f"{files.folder(address)}/{files.METRICS}"
        if (root / where).is_file():
            results[address] = _metrics(_read(root, where), where, "")
    if results.keys() == wanted:
        return results
    where = f"{paths.RESULTS}/{spec}/{files.RESULTS}"
    if (root / where).is_file():
        committed = _read(root, where)
        scores = committed.get("scores") if isinstance(committed, dict) else None
        if not isinstance(scores, dict):
            raise _damaged(where, "it has no table `scores`")
        for address in sorted((wanted - results.keys()) & scores.keys()):
            results[address] = _metrics(scores[address], where, f" of `{address}`")
    return results


def _read(root: Path, where: str) -> Json:
    try:
        return json.loads((root / where).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(where, "it is no JSON") from error
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error


def _metrics(value: Json, where: str, of: str) -> Metrics:
    try:
        return metrics_from(value, of)
    except ValueError as error:
        raise _damaged(where, str(error)) from error


def _damaged(where: str, why: str) -> BancError:
    return BancError(
        f"`{where}` is damaged: {why}",
        hint="delete it and run `dvc repro`, which brings it back from the cache or computes it again",
    )
