"""Which revision changed between two stages with the same fields.

A lock holds no revisions; an address is a digest over parameters and revisions. So the earlier ones are tried
until the recorded address comes out: what is told is proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

from banc.digest import Json, short_digest
from banc.plan.nearest import Recorded
from banc.plan.reason import RevisionChanged
from banc.stage.address import revisions
from banc.stage.kinds import Stage

TRIES = 2000


def revised(stage: Stage, recorded: Recorded) -> RevisionChanged | None:
    """What changed from ``recorded``, whose fields are those of ``stage``; None: no revision did."""
    now = {tag: int(number) for tag, number in revisions(stage).items()}
    if _digest(recorded.parameters, now) == _of(recorded):
        return None
    tags = list(now)
    # 0: it had none yet.
    earlier = product(*(range(now[tag], -1, -1) for tag in tags))
    # The fewest changes first, of as many as can be tried in a moment.
    tried = sorted(
        islice(earlier, TRIES),
        key=lambda numbers: sum(n != now[tag] for tag, n in zip(tags, numbers, strict=True)),
    )
    for numbers in tried:
        before = dict(zip(tags, numbers, strict=True))
        if before != now and _digest(recorded.parameters, before) == _of(recorded):
            tag = next(tag for tag in tags if before[tag] != now[tag])
            return RevisionChanged(recorded.address, tag, before[tag], now[tag])
    return RevisionChanged(recorded.address, "", 0, 0)


def _digest(parameters: Mapping[str, Json], numbers: Mapping[str, int]) -> str:
    counted: Json = {tag: number for tag, number in numbers.items() if number}
    return short_digest({"stage": parameters, "revisions": counted})


def _of(recorded: Recorded) -> str:
    return recorded.address.rpartition("-")[2]
