"""A difference as JSON, for programs.

In: a difference and its cost. Out: plain values, as ``docs/diff.schema.json`` describes them. A later version
of the same first number only adds.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from banc.diff.cost import Cost
from banc.diff.difference import Changed, Difference, Renamed, Run
from banc.digest import Json
from banc.machine import Device
from banc.plan.record_costs import record_device, record_total
from banc.stage.index import Use

VERSION = "1.1"


def record(
    difference: Difference, price: Cost, device: Device, before: Sequence[str], now: Sequence[str]
) -> dict[str, Json]:
    """``difference`` from the specs ``before`` to the specs ``now``, which costs ``price`` on ``device``."""
    return {
        "diff_version": VERSION,
        "before": list(before),
        "now": list(now),
        "added": [_run(run) for run in difference.added],
        "removed": [_run(run) for run in difference.removed],
        "changed": [_changed(run) for run in difference.changed],
        "renamed": [_renamed(run) for run in difference.renamed],
        "same": difference.same,
        "tables": [attrs.asdict(table) for table in difference.tables],
        "cost": {
            kind: {effort.replace(" ", "_"): number for effort, number in efforts.items()}
            for kind, efforts in price.new.items()
        },
        "gone": dict(price.gone),
        "time": {
            "device": record_device(device),
            "run": record_total(price.times["run"]),
            "may_run": record_total(price.times["may run"]),
            "recorded": record_total(price.times["recorded"]),
        },
    }


def _run(run: Run) -> dict[str, Json]:
    return {"address": run.address, "kind": run.kind, "names": _names(run.uses)}


def _names(uses: Sequence[Use]) -> list[Json]:
    return [attrs.asdict(use) for use in uses]


def _changed(change: Changed) -> dict[str, Json]:
    return {
        "before": _run(change.before),
        "now": _run(change.now),
        "fields": [field._asdict() for field in change.fields],
        "inputs": [
            {"role": inputs.role, "before": list(inputs.before), "now": list(inputs.now)}
            for inputs in change.inputs
        ],
        "follows": change.follows,
    }


def _renamed(renamed: Renamed) -> dict[str, Json]:
    return {**_run(renamed.run), "before": _names(renamed.before), "now": _names(renamed.now)}
