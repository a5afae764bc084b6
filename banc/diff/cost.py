"""What a difference costs: the stages that only the second graph has, by what a plan says of them.

In: two graphs, the plan of the second in this workspace, and how long its stages take. Out: counts and times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, get_args

from attrs import frozen

from banc.graph.graph import Graph
from banc.plan.costs import Total, total
from banc.plan.estimate import Estimate
from banc.plan.reason import OutputLost
from banc.plan.step import Action, Keep, Plan, Restore, Run, Wait
from banc.stage.kinds import Address

Effort = Literal["run", "may run", "recorded", "done"]
"""``done``: kept or restored from DVC's cache. ``recorded``: a ``dvc.lock`` says that it was done, and its
outputs are not on this machine; ``dvc pull`` may fetch them. ``may run``: DVC decides when it comes to it."""

KINDS = ("data", "train", "import", "predict", "score")


@frozen
class Cost:
    new: Mapping[str, Mapping[Effort, int]]
    """By kind of stage: those that only the second graph has."""
    gone: Mapping[str, int]
    """By kind of stage: number of stages that only the first graph has."""
    times: Mapping[Effort, Total]
    """Of the new stages, one after the other. ``recorded``: if they run here. ``done``: nothing."""

    def of(self, kind: str, effort: Effort) -> int:
        """How many new stages of a kind there are."""
        return self.new[kind][effort]


def cost(before: Graph, now: Graph, plan: Plan, estimates: Mapping[Address, Estimate]) -> Cost:
    """Of going from ``before`` to ``now``. Tables are not counted: they are free.

    Args:
        plan: of ``now``.
        estimates: of each stage that will or may run in it.
    """
    new: dict[str, Counter[Effort]] = {kind: Counter() for kind in KINDS}
    times: dict[Effort, list[Estimate]] = {effort: [] for effort in get_args(Effort)}
    for step in plan.steps:
        if step.address not in before.stages and step.kind in new:
            effort = _effort(step.action)
            new[step.kind][effort] += 1
            if step.address in estimates:
                times[effort].append(estimates[step.address])
    gone = Counter(
        linked.stage.KIND for address, linked in before.stages.items() if address not in now.stages
    )
    return Cost(
        {kind: {effort: counts[effort] for effort in get_args(Effort)} for kind, counts in new.items()},
        {kind: gone[kind] for kind in KINDS},
        {effort: total(several) for effort, several in times.items()},
    )


def _effort(action: Action) -> Effort:
    match action:
        case Keep() | Restore():
            return "done"
        case Run(OutputLost(how="missing")):
            return "recorded"
        case Run():
            return "run"
        case Wait():
            return "may run"
