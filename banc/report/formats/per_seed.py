"""The single numbers behind a table's errors: one record for each cell and seed."""

from __future__ import annotations

from banc.digest import Json
from banc.report.cells import FilledTable

SEED_RECORD = ("seed", "address", "error", "loss")
"""The keys of a record, in order."""


def per_seed(table: FilledTable, row: str, column: str) -> list[dict[str, Json]]:
    """The records of one cell of errors, in the order of the seeds; none where nothing is run.

    ``seed`` is the spec's, None for an ensemble across seeds; ``address`` is the score's; ``error`` (percent)
    and ``loss`` (nats) are None where the score is not finished.
    """
    records: list[dict[str, Json]] = []
    for address in table.layout.scores.get((row, column), ()):
        metrics = table.results.get(address)
        values: tuple[Json, ...] = (
            table.layout.seed_of.get(address),
            address,
            metrics.error if metrics else None,
            metrics.loss if metrics else None,
        )
        records.append(dict(zip(SEED_RECORD, values, strict=True)))
    return records
