"""Numbers of stages and bytes in words, for every command that shows a plan or a state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from banc.digest import Json
from banc.printable import one_line

KINDS = {
    "data": ("data set", "data sets"),
    "train": ("training", "trainings"),
    "import": ("network from elsewhere", "networks from elsewhere"),
    "predict": ("set of teacher outputs", "sets of teacher outputs"),
    "score": ("score", "scores"),
    "table": ("table", "tables"),
}

LISTED = 3
"""Seeds in a row that are listed, at most; more are a span."""

_DIGEST = re.compile("[0-9a-f]{64}")


def count(number: int, word: str, words: str = "") -> str:
    """``1 score``, ``2 scores``; ``words`` where the plural is another one."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def counted_kinds(counts: Mapping[str, int]) -> str:
    """``1 data set, 14 scores``."""
    return ", ".join(counted_kind(kind, counts[kind]) for kind in KINDS if counts.get(kind))


def counted_kind(kind: str, number: int) -> str:
    """``2 trainings``."""
    return f"{number} {KINDS[kind][number != 1]}"


def of_seeds(seeds: Iterable[int]) -> str:
    """``seed 0``, ``seeds 0, 1``, ``seeds 0 to 19, 31``."""
    several = sorted(set(seeds))
    spans: list[list[int]] = []
    for seed in several:
        if spans and seed == spans[-1][-1] + 1:
            spans[-1].append(seed)
        else:
            spans.append([seed])
    words = [
        f"{span[0]} to {span[-1]}" if len(span) > LISTED else ", ".join(map(str, span)) for span in spans
    ]
    return f"seed{'' if len(several) == 1 else 's'} {', '.join(words)}"


def size(number: int) -> str:
    """``1.6 GB``, in powers of a thousand."""
    value, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"


def value(json_value: Json) -> str:
    """A field's value in one line; ``none`` where there is none, and of a file's digest its beginning."""
    if json_value is None:
        return "none"
    if not isinstance(json_value, str):
        return one_line(json.dumps(json_value))
    return json_value[:12] if _DIGEST.fullmatch(json_value) else one_line(json_value)
