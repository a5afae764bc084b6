"""A plan as JSON, for programs.

In: a plan. Out: plain values, as ``docs/plan.schema.json`` describes them. A later version of the same first
number only adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from banc.digest import Json
from banc.plan.costs import Costs
from banc.plan.reason import Change, Reason
from banc.plan.record_costs import record_cost, record_costs
from banc.plan.step import Keep, Plan, Restore, Run, Step, Wait

VERSION = "1.1"


def record(plan: Plan, specs: Sequence[str], costs: Costs, *, linked: bool) -> dict[str, Json]:
    """``plan``, which is of these ``specs``, and what it costs.

    Args:
        linked: whether the generated files are what the specs say; otherwise ``banc compile`` comes first.
    """
    return {
        "plan_version": VERSION,
        "specs": list(specs),
        "linked": linked,
        "counts": {
            "run": len(plan.of(Run)),
            "wait": len(plan.of(Wait)),
            "restore": len(plan.of(Restore)),
            "keep": len(plan.of(Keep)),
        },
        "restore_bytes": restored(plan),
        "costs": record_costs(plan, costs),
        "stages": [{**step_record(step), **record_cost(step.address, costs)} for step in plan.steps],
    }


def restored(plan: Plan) -> int:
    """How many bytes come out of DVC's cache."""
    return sum(step.action.bytes for step in plan.steps if isinstance(step.action, Restore))


def step_record(step: Step) -> dict[str, Json]:
    """One stage, as it stands in ``stages``."""
    value: dict[str, Json] = {"address": step.address, "kind": step.kind, "names": list(step.names)}
    match step.action:
        case Keep():
            value["action"] = "keep"
        case Restore(size):
            value |= {"action": "restore", "bytes": size}
        case Run(reason):
            value |= {"action": "run", "reason": reason_record(reason)}
        case Wait(on):
            value |= {"action": "wait", "for": list(on)}
    if step.checkpoint is not None:
        if step.kind == "train":
            value["goes_on"] = {
                "epoch": step.checkpoint.done,
                "steps": step.checkpoint.steps,
                "epochs": step.epochs,
            }
        else:
            value["goes_on"] = {"outputs": step.checkpoint.done}
    if step.holder is not None:
        value["running"] = {"process": step.holder.process, "host": step.holder.host}
    return value


def reason_record(reason: Reason) -> dict[str, Json]:
    """A reason as plain values, as ``docs/plan.schema.json`` describes them."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(reason).__name__).lower()
    return {"kind": kind, **attrs.asdict(reason, recurse=False, value_serializer=_plain)}


def _plain(_: object, __: object, value: Json) -> Json:
    if isinstance(value, Change):
        return value._asdict()
    if isinstance(value, tuple):
        return [_plain(None, None, item) for item in value]
    return value
