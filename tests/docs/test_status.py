"""docs/how-to/status.md: what it shows is what `banc status` prints of such a workspace."""

from __future__ import annotations

import re
from pathlib import Path

from banc.cli.show_status import lines
from banc.runner.process import heartbeat
from banc.runner.process.progress import POINTS
from banc.stage.heartbeat import FAILURES, PROGRESS, Failure, Heartbeat
from banc.stage.kinds import Address
from banc.stage.timing import FILE as TIMINGS
from banc.state.state import Holder
from banc.status.stage_state import Failed, Running, Waiting
from banc.status.status import StageStatus, Status, TableStatus
from banc.status.time_left import TimeLeft

CURVE = re.compile("[▁-█]+$")
BEAT = Heartbeat(
    "train", 1, "box", 0.0, 9.0, "epoch 7 of 40", 7, 40, 1300, 8000, 936.0, 1.5866, 19.5, "cpu, 1 thread",
    tuple(6.0 - n for n in range(6)),
)  # fmt: skip
FAILURE = Failure("BANC_DEVICE is `cuda`, but torch sees 0 GPUs here", 0.0, 2)


def stage(name: str, kind: str, state: Running | Failed | Waiting) -> StageStatus:
    return StageStatus(Address(f"{kind}-a-0123456789ab"), kind, (name,), state, 40)


def test_what_is_shown_is_what_is_printed(checkout: Path) -> None:
    """But for the curve."""
    waiting = {"train": 3, "score": 11, "table": 1}
    status = Status(
        (TableStatus("quickstart", "spec/quickstart.toml", 13, 30, 5, 10),),
        (
            stage("densenet ban-2 seed 1", "train", Running(Holder(1, "box"), BEAT, 7.0)),
            stage("wide-resnet teacher seed 1", "train", Failed(FAILURE)),
            *(stage(kind, kind, Waiting(())) for kind, number in waiting.items() for _ in range(number)),
        ),
        TimeLeft(19.0, 5, 0, ("model", "measured here"), 12.0, 37.0),
        9.0,
    )
    page = (checkout / "docs/how-to/status.md").read_text()
    match = re.search(r"<!-- status: example -->\n```\n(.*?)```\n", page, flags=re.DOTALL)
    assert match is not None
    printed = [CURVE.sub("", line) for line in lines(status, blocks=True, color=False)]
    assert printed == [CURVE.sub("", line) for line in match[1].splitlines()]


def test_what_it_says_of_heartbeats(checkout: Path) -> None:
    page = (checkout / "docs/how-to/status.md").read_text()
    for folder in (PROGRESS, FAILURES):
        assert f"`{folder}/" in page
    assert f"`{TIMINGS}`" in page
    assert (heartbeat.SECONDS, heartbeat.MAX_TIME_FRACTION) == (1.0, 0.01)
    schema = (checkout / "docs/status.schema.json").read_text()
    assert f"the first to the last, {POINTS} at most" in schema
