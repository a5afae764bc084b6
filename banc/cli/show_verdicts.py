"""Verdicts as text and as JSON.

In: verdicts. Out: lines, or one JSON object. A stage that is as it was takes one line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import assert_never, get_args

import attrs

from banc.digest import Json
from banc.verify.compare import Difference, Different, Figures, Identical, Near
from banc.verify.verdict import Change, Outcome, Verdict

_INDENT = "    "
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_WIDTH = max(map(len, _OUTCOMES))
_HEAD = ("file", "answer", "numbers that differ", "absolute", "relative", "furthest off")


def lines(verdict: Verdict, *, color: bool) -> Iterator[str]:
    """One line, and below it what a stage that is not identical needs to be explained."""
    marks = "  edited" if verdict.edited else ""
    name = f"  ({verdict.name})" if verdict.name else ""
    yield f"{_painted(verdict.outcome, color=color)}  {verdict.address}{name}{marks}"
    if verdict.reason:
        yield f"{_INDENT}{verdict.reason}"
    if verdict.outcome in ("within tolerance", "different"):
        yield from _table(verdict)
        for change in verdict.environment:
            yield f"{_INDENT}{_change(change)}"
    for edit in verdict.edited:
        yield f"{_INDENT}edited {edit.what}: `{edit.where}` has {edit.found}; recorded: {edit.recorded}"


def summary(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many of each, and what was otherwise where the bytes are the same all the same."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    parts = [f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES if counts[outcome]]
    edited = sum(bool(verdict.edited) for verdict in verdicts)
    unknown = sum(not verdict.recorded and not verdict.edited for verdict in verdicts)
    yield (
        f"{_stages(len(verdicts))}: {', '.join(parts)}"
        + (f"; {edited} edited" if edited else "")
        + (f"; {unknown} not in a dvc.lock, so edits cannot be found" if unknown else "")
    )
    same = Counter(
        change for verdict in verdicts if verdict.outcome == "identical" for change in verdict.environment
    )
    for change, number in same.items():
        yield f"identical all the same in {_stages(number)}: {_change(change)}"


def record(verdicts: Sequence[Verdict]) -> str:
    """Everything, as one JSON object."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    value = {
        "stages": [_stage(verdict) for verdict in verdicts],
        "counts": {outcome: counts[outcome] for outcome in _OUTCOMES},
        "edited": sum(bool(verdict.edited) for verdict in verdicts),
        "good": all(verdict.good for verdict in verdicts),
    }
    return json.dumps(value, indent=1, allow_nan=False)


def _stage(verdict: Verdict) -> dict[str, Json]:
    return {
        "address": verdict.address,
        "name": verdict.name,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "recorded": verdict.recorded,
        "files": {name: _file(difference) for name, difference in verdict.files.items()},
        "environment": [attrs.asdict(change) for change in verdict.environment],
        "edited": [attrs.asdict(edit) for edit in verdict.edited],
    }


def _file(difference: Difference) -> dict[str, Json]:
    record: dict[str, Json] = {"answer": _answer(difference)}
    if isinstance(difference, Different):
        record["reason"] = difference.reason
    figures = _figures(difference)
    return record | (attrs.asdict(figures) if figures else {})


def _answer(difference: Difference) -> Outcome:
    match difference:
        case Identical():
            return "identical"
        case Near():
            return "within tolerance"
        case Different():
            return "different"
    assert_never(difference)


def _figures(difference: Difference) -> Figures | None:
    return None if isinstance(difference, Identical) else difference.figures


def _table(verdict: Verdict) -> Iterator[str]:
    rows = [_HEAD, *(_row(name, difference) for name, difference in verdict.files.items())]
    # A reason takes the place of figures and may be long.
    widths = [max(len(row[n]) for row in rows if len(row) > 3 or n < 2) for n in range(len(_HEAD))]
    for row in rows:
        yield (
            _INDENT + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        )


def _row(name: str, difference: Difference) -> tuple[str, ...]:
    answer, figures = _answer(difference), _figures(difference)
    if figures:
        return (
            name,
            answer,
            f"{figures.differing:,} of {figures.numbers:,}",
            f"{figures.absolute:.1e}",
            f"{figures.relative:.1e}",
            figures.where,
        )
    return (name, answer, difference.reason) if isinstance(difference, Different) else (name, answer)


def _change(change: Change) -> str:
    # Twelve digits of a digest tell as much as all 64.
    then, now = (version[:12] if change.what == "code" else version for version in (change.then, change.now))
    return f"made with {change.what} {then}, now {now}"


def _painted(outcome: Outcome, *, color: bool) -> str:
    text = outcome.ljust(_WIDTH)
    if not color:
        return text
    paint = {"identical": "32", "within tolerance": "32", "missing": "33"}.get(outcome, "1;31")
    return f"\x1b[{paint}m{text}\x1b[0m"


def _stages(number: int) -> str:
    return f"{number} stage{'' if number == 1 else 's'}"
