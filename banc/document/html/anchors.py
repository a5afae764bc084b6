"""Where on the page each run is told: names fit for links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from banc.document.document import Name, Run

Anchors = Mapping[Name, str]
"""By run."""


def anchors_of(number: int, runs: Sequence[Run]) -> Anchors:
    """For the runs of the page's spec ``number``, counted from 0."""
    return {run.name: f"r{number}-{at}" for at, run in enumerate(runs)}
