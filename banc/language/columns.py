"""Which columns a table and a sweep have.

In: a ``Spec``. Out: names of columns, where a sweep's name stands for a column for each of its points.
"""

from __future__ import annotations

from collections.abc import Iterable

from banc.language.spec import Lineage, Spec, Sweep
from banc.language.sweeps import Point, points


def table_columns(spec: Spec) -> tuple[str, ...]:
    """The columns of the table; a sweep's name stands for all of its columns."""
    return expanded(spec, spec.table.columns)


def expanded(spec: Spec, names: Iterable[str]) -> tuple[str, ...]:
    """Columns, where a sweep's name stands for all of its columns."""
    return tuple(
        column for name in names for column in (sweep_columns(spec, name) if name in spec.sweeps else (name,))
    )


def sweep_columns(spec: Spec, name: str) -> tuple[str, ...]:
    """The columns of a sweep: one for each point, or one for each point and generation of a lineage."""
    sweep = spec.sweeps[name]
    return tuple(column for point in points(name, sweep) for column in point_columns(spec, sweep, point))


def point_columns(spec: Spec, sweep: Sweep, point: Point) -> tuple[str, ...]:
    """The columns of one point of a sweep: that of a transfer, or those of a lineage's generations."""
    if sweep.of not in spec.lineages:
        return (point.name,)
    most = most_generations(spec.lineages[sweep.of])
    return tuple(f"{point.name}-{number}" for number in range(1, most + 1))


def most_generations(lineage: Lineage) -> int:
    """The generations of the model that has most of them."""
    return max([lineage.generations, *(changes.generations or 0 for changes in lineage.except_.values())])
