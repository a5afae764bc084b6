"""Which trackers there are, and what one of them got. ``write`` gives them runs."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

DATABASE = "mlflow.db"
"""A folder's database for MLflow: of SQLite, which MLflow takes by default, too."""


def without_password(text: str) -> str:
    """``http://localhost`` of ``http://me:secret@localhost``, wherever that stands in ``text``."""
    return re.sub(r"(?<=://)[^/\s]*@", "", text)


@frozen
class TensorBoard:
    """A folder of event files, one a run."""

    folder: Path

    @property
    def place(self) -> str:
        """Where the runs go, as a person named it."""
        return str(self.folder)


@frozen
class Mlflow:
    """A store of MLflow: a folder with a database, or the address of a server or another database."""

    store: str

    @property
    def place(self) -> str:
        """The store, without a user's name and password."""
        return without_password(self.store)

    @property
    def folder(self) -> Path | None:
        """None of an address."""
        return None if "://" in self.store else Path(self.store)


@frozen
class WeightsAndBiases:
    """A folder of offline runs."""

    folder: Path

    @property
    def place(self) -> str:
        """Where the runs go, as a person named it."""
        return str(self.folder)


Tracker = TensorBoard | Mlflow | WeightsAndBiases
"""Everything that runs can be given to."""


@frozen
class Written:
    """What a tracker has now."""

    new: int
    """Number of runs that were written, in place of earlier exports of them where there were any."""
    unchanged: int
    """Number of runs that an earlier export had written, and of which nothing is different now."""
