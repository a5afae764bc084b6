"""Reads the metrics that a layout asks for, as far as they are there.

In: a workspace and a layout. Out: metrics by address, and what else is known of each score. A stage's
own file goes before the committed results, which a fresh clone has without having run anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from banc import paths
from banc.digest import Json
from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address
from banc.stage.layout import Layout
from banc.stage.metrics import Metrics, metrics_from, quality_from

if TYPE_CHECKING:
    from banc.stage.details import Details
    from banc.stage.outcomes import Outcomes

Results = Mapping[Address, Metrics]
"""What is finished. An address that is not in here is not."""

AllDetails = Mapping[Address, "Details"]
"""What else is known of scores that are finished."""

NO_DETAILS: AllDetails = MappingProxyType({})


def collect(root: Path, layout: Layout) -> Results:
    """The metrics of the scores in ``layout`` that are finished.

    Raises:
        BancError: a file is damaged, or cannot be read.
    """
    wanted = {address for addresses in layout.scores.values() for address in addresses}
    return collect_scores(root, wanted, layout.spec)


def collect_details_of(root: Path, layout: Layout) -> dict[Address, Details]:
    """The details of the scores in ``layout``, and of their teachers, as ``collect_details`` gives them."""
    wanted = {address for addresses in layout.scores.values() for address in addresses}
    wanted |= {layout.teachers[address] for address in wanted if address in layout.teachers}
    return collect_details(root, wanted, layout.spec)


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
        scores = _committed(root, where)
        for address in sorted((wanted - results.keys()) & scores.keys()):
            results[address] = _metrics(scores[address], where, f" of `{address}`")
    return results


def collect_details(root: Path, wanted: Set[Address], spec: str) -> dict[Address, Details]:
    """Of those of the scores ``wanted`` that are finished: their quality, and what became of each image.

    A score that an earlier version of banc made has none, until its stage runs again.

    Raises:
        BancError: a file is damaged, or cannot be read.
    """
    from banc.stage.details import Details, details_from

    details: dict[Address, Details] = {}
    for address in sorted(wanted):
        of = f"{files.folder(address)}/"
        if all((root / of / name).is_file() for name in (files.QUALITY, files.OUTCOMES)):
            where = of + files.QUALITY
            try:
                quality = quality_from(_read(root, where))
            except ValueError as error:
                raise _damaged(where, str(error)) from error
            details[address] = Details(quality, _outcomes(root, of + files.OUTCOMES))
    where = f"{paths.RESULTS}/{spec}/{files.DETAILS}"
    if details.keys() != wanted and (root / where).is_file():
        committed = _committed(root, where)
        for address in sorted((wanted - details.keys()) & committed.keys()):
            try:
                details[address] = details_from(committed[address], f" of `{address}`")
            except ValueError as error:
                raise _damaged(where, str(error)) from error
    return details


def collect_committed(
    results: bytes | None, details: bytes | None, spec: str, wanted: Set[Address]
) -> tuple[Results, AllDetails]:
    """What a table's committed files held, of those of the scores ``wanted`` that they hold.

    Args:
        results: the bytes of ``results.json`` as they were; None: there was none.
        details: those of ``details.json``.

    Raises:
        BancError: they were damaged.
    """
    from banc.stage.details import details_from

    folder = f"{paths.RESULTS}/{spec}"
    where = f"{folder}/{files.RESULTS}"
    scores = {} if results is None else _scores(_json(results, where), where)
    metrics = {
        name: _metrics(scores[name], where, f" of `{name}`") for name in sorted(wanted & scores.keys())
    }
    where = f"{folder}/{files.DETAILS}"
    known = {} if details is None else _scores(_json(details, where), where)
    more = {}
    for address in sorted(wanted & known.keys()):
        try:
            more[address] = details_from(known[address], f" of `{address}`")
        except ValueError as error:
            raise _damaged(where, str(error)) from error
    return metrics, more


def _outcomes(root: Path, where: str) -> Outcomes:
    import numpy as np

    try:
        outcomes: Outcomes = np.load(root / where, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _damaged(where, "it is no array") from error
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error
    if outcomes.ndim != 1 or outcomes.dtype.kind != "u":
        raise _damaged(where, "it is no row of whole numbers")
    return outcomes


def _committed(root: Path, where: str) -> dict[Address, Json]:
    """The scores in a table's file."""
    return _scores(_read(root, where), where)


def _scores(value: Json, where: str) -> dict[Address, Json]:
    scores = value.get("scores") if isinstance(value, dict) else None
    if not isinstance(scores, dict):
        raise _damaged(where, "it has no table `scores`")
    return scores


def _read(root: Path, where: str) -> Json:
    try:
        return _json((root / where).read_bytes(), where)
    except OSError as error:
        raise BancError(f"cannot read `{where}`: {error.strerror}") from error


def _json(text: bytes, where: str) -> Json:
    try:
        return json.loads(text.decode(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(where, "it is no JSON") from error


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
