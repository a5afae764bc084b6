"""Every run of a spec with its numbers, as programs want them: one record a run and seed.

In: a workspace, and which score belongs to which run. Out: records, and a pandas DataFrame of them where
pandas is installed. Unlike a table's cells, runs that no cell shows are here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from attrs import asdict, fields, frozen

from banc.errors import BancError
from banc.report.collect import collect_scores
from banc.stage.index import Use
from banc.stage.kinds import Address
from banc.stage.metrics import Metrics, metrics_record

if TYPE_CHECKING:
    import pandas as pd


@frozen
class RunResult:
    """One run of one seed, or one ensemble. What is measured is None until the run is finished."""

    spec: str
    """The table's name: the spec's file name without ``.toml``."""
    model: str
    column: str
    """``teacher``, ``ban-1``, a transfer's or an ensemble's name."""
    seed: int | None
    """The spec's seed; None for an ensemble across seeds."""
    test_error: float | None
    """In percent, of the whole test set; None too where the table is on validation images."""
    test_loss: float | None
    """Cross-entropy with the labels, in nats, likewise."""
    parameters: int | None
    """Number of parameters of all members together."""
    members: int | None
    """Networks whose outputs are averaged: 1, unless it is an ensemble."""
    images: int | None
    """Number of test or validation images."""
    address: str
    """The ``score`` stage that measured it."""
    elsewhere: bool = False
    """Whether it is a network that was trained elsewhere, or an ensemble with such a member."""
    validation_error: float | None = None
    """In percent, of all validation images, where the table is on these."""
    validation_loss: float | None = None
    """Cross-entropy with their labels, in nats."""


class RunResults(Sequence[RunResult]):
    """Records, in the order in which the spec declares its runs, then by seed."""

    def __init__(self, records: Iterable[RunResult]) -> None:
        """Keeps ``records`` as they come."""
        self._records = tuple(records)

    @overload
    def __getitem__(self, index: int) -> RunResult: ...
    @overload
    def __getitem__(self, index: slice) -> RunResults: ...
    def __getitem__(self, index: int | slice) -> RunResult | RunResults:
        """A record, or some of them."""
        return RunResults(self._records[index]) if isinstance(index, slice) else self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RunResult]:
        return iter(self._records)

    def __repr__(self) -> str:
        finished = sum(record.images is not None for record in self)
        return f"<{len(self)} runs, {finished} of them finished>"

    def to_frame(self) -> pd.DataFrame:
        """A row a record, a column a field of ``RunResult``; what is None is missing (NaN).

        Raises:
            BancError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise BancError(
                "`to_frame` needs pandas, which is not installed",
                hint="`pip install pandas`; or go over the records: `for run in results`",
            ) from error
        columns = [field.name for field in fields(RunResult)]
        return pd.DataFrame([asdict(record) for record in self], columns=columns)


def run_results(
    root: Path, spec: str, runs: Sequence[tuple[Use, Address]], elsewhere: Set[Address] = frozenset()
) -> RunResults:
    """The records of ``runs``: each a use of a ``score`` stage by the table called ``spec``.

    Args:
        elsewhere: the scores with a network that was trained elsewhere.

    Raises:
        BancError: a file with metrics is damaged.
    """
    results = collect_scores(root, {address for _, address in runs}, spec)
    records = []
    for use, address in runs:
        assert use.model is not None, address
        assert use.column is not None, address
        metrics = results.get(address)
        records.append(
            RunResult(
                spec=spec,
                model=use.model,
                column=use.column,
                seed=use.seed,
                address=address,
                elsewhere=address in elsewhere,
                **_measured(metrics),
            )
        )
    return RunResults(records)


def _measured(metrics: Metrics | None) -> dict[str, Any]:
    """What is known of a run that is finished, by field."""
    if metrics is None:
        return dict.fromkeys(("test_error", "test_loss", "parameters", "members", "images"))
    return {"test_error": None, "test_loss": None, **metrics_record(metrics)}
