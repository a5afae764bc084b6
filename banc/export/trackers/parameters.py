"""What is told of a run's network, recipe, objective, seeds, data and teacher.

In: a stage and its data set. Out: values by dotted names. Reads no file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from attrs import AttrsInstance

from banc.config.data import DataSet
from banc.export.trackers.record import Value
from banc.export.words import numbers
from banc.stage.index import Use
from banc.stage.kinds import Import, Score, Train


def parameters(
    stage: Train | Import | Score, use: Use, source: DataSet, above: Sequence[str]
) -> dict[str, Value]:
    """Those of a run, by name.

    Args:
        above: its teachers' names; an ensemble's members'.
    """
    values: dict[str, Value] = {} if use.seed is None else {"seed": use.seed}
    values |= {"data": source.SET, **_numbers("data", source)}
    match stage:
        case Train():
            values |= {
                "training_seed": stage.seed,
                "network": stage.model.FAMILY,
                **_numbers("network", stage.model),
                **_numbers("recipe", stage.recipe),
                "objective": stage.objective.slug,
                **_numbers("objective", stage.objective),
                "teacher": ", ".join(above) or "none",
            }
            if stage.share:
                values |= {"share": ", ".join(stage.share), "share_frozen": stage.share_frozen}
        case Import():
            values |= {
                "network": stage.model.FAMILY,
                **_numbers("network", stage.model),
                "weights": f"sha256:{stage.digest}",
                "recipe.precision": stage.precision,
            }
        case Score():
            values |= {"members": ", ".join(above), "average": stage.average}
    return values


def _numbers(prefix: str, item: AttrsInstance) -> Mapping[str, Value]:
    return {f"{prefix}.{key}": _plain(value) for key, value in numbers(item).items()}


def _plain(value: object) -> Value:
    """A number or a text as it is, a list or a table as JSON."""
    return value if isinstance(value, str | int | float | bool) else json.dumps(value, sort_keys=True)
