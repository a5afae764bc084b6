"""What was exported, as text.

In: what ``export`` wrote. Out: lines for people: what it is, its test error, and each file with its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from banc.export.export import Exported
from banc.printable import one_line


def lines(exported: Exported, folder: Path) -> Iterator[str]:
    """A line that sums up, and a line a file."""
    subject = exported.subject
    error = f"{subject.metrics.on} error {subject.metrics.error:.2f} %"
    yield f"wrote {one_line(subject.name)} to {folder}: {error}"
    longest = max(map(len, exported.sizes))
    for name, size in exported.sizes.items():
        yield f"  {name:<{longest}}  {size:>12,} bytes"
