"""Which trackers there are, and what one of them got. ``write`` gives them runs."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen


@frozen
class TensorBoard:
    """A folder of event files, one a run."""

    folder: Path

    @property
    def place(self) -> str:
        """Where the runs go, as a person named it."""
        return str(self.folder)


Tracker = TensorBoard
"""Everything that runs can be given to."""


@frozen
class Written:
    """What a tracker has now."""

    new: int
    """Number of runs that were written, in place of earlier exports of them where there were any."""
    unchanged: int
    """Number of runs that an earlier export had written, and of which nothing is different now."""
