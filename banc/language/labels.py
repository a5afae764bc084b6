"""What a table prints for its rows and columns.

In: a spec whose names are known to exist. Out: labels by name. A name that is not among them prints as it is.
"""

from __future__ import annotations

from banc.language.columns import point_columns
from banc.language.spec import Spec
from banc.language.sweeps import points, spelled


def labels_of(spec: Spec) -> dict[str, str]:
    """Those that the spec says; and for a sweep's columns, what its points are."""
    labels: dict[str, str] = {}
    for name, sweep in spec.sweeps.items():
        said = spec.table.labels.get(name)
        for point in points(name, sweep):
            values = ", ".join(spelled(value) for _, value in point.values)
            text = point.words if said is None else f"{said} {values}"
            for column in (several := point_columns(spec, sweep, point)):
                generation = f", {sweep.of}-{column.rpartition('-')[2]}" if len(several) > 1 else ""
                labels[column] = text + generation
    return {**labels, **spec.table.labels}
