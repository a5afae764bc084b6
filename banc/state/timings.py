"""How long stages took that ended here, and elsewhere.

In: ``.banc/timings.jsonl``, and ``timings.jsonl`` where a person brought one along. Out: timings. Lines that
nobody understands are left out.
"""

from __future__ import annotations

from pathlib import Path

from banc.stage.timing import BROUGHT, FILE, Timing, timing_from
from banc.state.state import Timings

NEWEST = 1 << 21
"""Number of bytes that are read from the end of a file: about 4,000 runs."""


def timings(root: Path) -> Timings:
    """Timings of both files, the latest last."""
    return Timings(here=_read(root / FILE), elsewhere=_read(root / BROUGHT))


def _read(path: Path) -> tuple[Timing, ...]:
    try:
        if not path.is_file():  # a pipe would keep who looks waiting
            return ()
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - NEWEST))
            lines = file.read(NEWEST).decode("utf-8", errors="replace").split("\n")
    except OSError:
        return ()
    timings = (timing_from(line) for line in lines if line)
    return tuple(timing for timing in timings if timing is not None)
