"""Canonical JSON and the digests taken over it.

In: plain JSON values. Out: text that is equal wherever it is computed. Knows nothing of stages.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

Json = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]


def canonical(value: Json) -> str:
    """The one spelling of ``value``: keys sorted, no white space, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def short_digest(value: Json) -> str:
    """12 hex digits (48 bits) of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:12]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_md5(path: Path) -> str:
    """The MD5 of a file's bytes, as DVC takes it. It guards against accidents, not against people."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
