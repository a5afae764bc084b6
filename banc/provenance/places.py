"""Where a spec says what: the lines that declare its runs, networks, recipe, data and published numbers.

In: loaded specs. Out: lines, by the names of the spec. A spec and its smoke run stand at the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from banc.language.declare import declare
from banc.language.load import Loaded
from banc.language.positions import KeyPath


@frozen
class Line:
    """A line of a spec."""

    file: str
    """Relative to the workspace."""
    number: int
    """From 1."""

    def __str__(self) -> str:
        """``spec/table2.toml:31``."""
        return f"{self.file}:{self.number}"


class Places:
    """The lines of one spec."""

    def __init__(self, loaded: Loaded, file: str) -> None:
        """``file``: the spec's path, relative to the workspace."""
        self._positions = loaded.source.positions
        self._file = file
        self._runs: Mapping[tuple[str, str], KeyPath] = {
            name: run.path for name, run in declare(loaded.spec).items()
        }

    def run(self, model: str, column: str) -> Line:
        """The lineage, transfer, ensemble or list of baselines that declares a run."""
        return self._key(self._runs.get((model, column), ()))

    def model(self, name: str) -> Line:
        return self._key(("models", name))

    def recipe(self) -> Line:
        return self._key(("recipe",))

    def data(self) -> Line:
        return self._key(("data",))

    def table(self) -> Line:
        return self._key(("table",))

    def published(self, row: str, column: str) -> Line:
        return self._key(("table", "published", row, column))

    def other_run(self, row: str, column: str) -> Line:
        """Where the spec fills a cell with another run than the row's own."""
        return self._key(("table", "cells", row, column))

    def _key(self, path: KeyPath) -> Line:
        return Line(self._file, self._positions.key(path).line)
