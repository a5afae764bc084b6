from __future__ import annotations

import itertools
import re

import pytest
from attrs import evolve

from banc.cli.graphics import bar, sparkline
from banc.cli.show_status import describe, duration, lines, time_left
from banc.plan.reason import RecordMissing
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, ClusterJob, Holder
from banc.status.stage_state import (
    Again,
    Done,
    Failed,
    Interrupted,
    Queued,
    Restorable,
    Running,
    StageState,
    Waiting,
)
from banc.status.status import StageStatus, Status, TableStatus
from banc.status.time_left import TimeLeft

BEAT = Heartbeat(
    "train", 1, "box", 0.0, 99.0, "epoch 12 of 40", 12, 40, 30, 100, 1234.5, 0.4312, 12.3, "cpu, 1 thread",
    (3.0, 1.0, 0.4312), (90.0, 30.0, 12.3),
)  # fmt: skip
FAILURE = Failure("the loss is not finite", 40.0, 1, None, "epoch 3 of 40")
EVIL = "a\x1b[31m \u202eb\nc"


def stage(state: StageState, name: str = "dense teacher seed 0", kind: str = "train") -> StageStatus:
    epochs = 40 if kind == "train" else None
    return StageStatus(Address(f"{kind}-a-0123456789ab"), kind, (name,), state, epochs)


def text(*stages: StageStatus, tables: int = 1, blocks: bool = True, color: bool = False) -> list[str]:
    named = tuple(TableStatus(f"table{n}", "spec/t.toml", 3, 9, 1, 2) for n in range(tables))
    status = Status(named, stages, TimeLeft(70.0, 1, 0), 100.0)
    return list(lines(status, blocks=blocks, color=color))


def test_one_that_runs() -> None:
    assert text(stage(Running(Holder(1, "box"), BEAT, 70.0)), stage(Waiting(()))) == [
        "table0  ████████░░░░░░░░░░░░░░░░  3 of 9 finished (1 of 2 trainings)",
        "",
        "running",
        "  dense teacher seed 0  ████░░░░░░░░░░░░  epoch 12 of 40, 1:10 min left",
        "    training loss 0.4312, training error 12.30 %, 1,234 images/s, cpu, 1 thread  █▃▁",
        "",
        "waiting: 1 training",
        "time left: about 1:10 min",
    ]


def test_without_blocks_it_is_ascii() -> None:
    out = "\n".join(text(stage(Running(Holder(1, "box"), BEAT, 70.0)), blocks=False))
    assert out.isascii()
    assert "########................" in out


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Running(None), "DVC starts it, or records its outputs"),
        (Running(Holder(1, "box")), "running"),
        (Running(Holder(1, "box"), Heartbeat("train", 1, "box", 0.0, 0.0)), "starts"),
        (Failed(FAILURE), "epoch 3 of 40: the loss is not finite (1:00 min ago)"),
        (Interrupted(Checkpoint(17), None), "after epoch 17 of 40"),
        (
            Interrupted(Checkpoint(17, 1), BEAT),
            "after epoch 17 of 40 and 1 step (last sign 1 s ago on box)",
        ),
        (Interrupted(Checkpoint(17, 2), None), "after epoch 17 of 40 and 2 steps"),
        (Interrupted(None, BEAT), "at epoch 12 of 40, begins anew (last sign 1 s ago on box)"),
        (Interrupted(None, None), "begins anew"),
        (Done(), "done"),
        (Restorable(1), "in DVC's cache"),
        (Again(RecordMissing()), "to run again"),
        (Waiting(()), "waiting"),
    ],
)
def test_a_stage_in_a_few_words(state: StageState, words: str) -> None:
    assert describe(stage(state), 100.0) == words


def test_a_prediction_counts_outputs() -> None:
    predict = stage(Interrupted(Checkpoint(12_000), None), kind="predict")
    assert describe(predict, 0.0) == "after 12,000 outputs"


@pytest.mark.parametrize("running", [1, 4, 5, 300])
@pytest.mark.parametrize("tables", [1, 5, 40])
def test_as_many_as_there_may_be_are_one_screen(running: int, tables: int) -> None:
    others = (
        Failed(Failure("x" * 5000, 0.0, 1)),
        Interrupted(None, BEAT),
        Restorable(1),
        Again(RecordMissing()),
        Waiting(()),
        Done(),
    )
    stages = [stage(Running(Holder(1, "box"), BEAT, 1.0), f"{'n' * 500} seed {n}") for n in range(running)]
    stages += [stage(state, "y" * 500) for state in itertools.chain(*[others] * 50)]
    shown = text(*stages, tables=tables)
    assert len(shown) <= 40
    assert max(map(len, shown)) <= 220
    assert ("  and 292 more (`--format json` has all)" in shown) == (running == 300)


def test_nothing_left() -> None:
    assert text(stage(Done()))[-1] == "everything is finished"


def test_of_other_peoples_text_no_control_character_is_left() -> None:
    beat = Heartbeat("train", 1, EVIL, 0.0, 0.0, EVIL, 1, 2, 1, 2, 1.0, 1.0, 1.0, EVIL, (1.0,), (1.0,))
    states = (
        Running(Holder(1, EVIL), beat, 1.0),
        Failed(Failure(EVIL, 0.0, 1, EVIL, EVIL)),
        Interrupted(None, beat),
        Interrupted(Checkpoint(1), beat),
    )
    shown = text(*(stage(state, EVIL) for state in states))
    assert all(line.isprintable() for line in shown)
    assert all(describe(stage(state, EVIL), 0.0).isprintable() for state in states)


def test_color_is_only_added() -> None:
    stages = (
        stage(Running(Holder(1, "box"), BEAT, 1.0)),
        stage(Failed(FAILURE)),
        stage(Interrupted(None, None)),
    )
    plain, colored = text(*stages), text(*stages, color=True)
    assert plain != colored
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in colored] == plain


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1:00 min"),
        (3599, "59:59 min"),
        (3600, "1:00 h"),
        (171_000, "47:30 h"),
        (180_000, "2.1 days"),
        (347_567_520, "4,023 days"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_nobody_measured_is_said() -> None:
    assert time_left(TimeLeft(0.0, 0, 3)) == "unknown (3 stages of unknown time)"
    assert time_left(TimeLeft(60.0, 2, 1)) == "about 1:00 min, and 1 stage of unknown time"
    assert time_left(TimeLeft(60.0, 2, 0, ("model",))) == "about 1:00 min (from multiply-adds)"
    mixed = time_left(TimeLeft(60.0, 2, 0, ("measured here", "model"), 45.0, 150.0))
    assert mixed == "about 1:00 min, 45 s to 2:30 min (measured on this device and from multiply-adds)"
    near = time_left(TimeLeft(80.0, 2, 0, ("model",), 70.0, 90.0))
    assert near == "about 1:20 min, 1:10 to 1:30 min (from multiply-adds)"
    assert time_left(TimeLeft(0.0, 0, 0)) == "seconds"


def test_a_bar_is_full_only_at_the_end() -> None:
    assert [bar(n, 300, 4, blocks=False) for n in (0, 1, 150, 299, 300)] == [
        "....",
        "....",
        "##..",
        "###.",
        "####",
    ]
    assert bar(0, 0, 4, blocks=False) == "####"


def test_a_curve() -> None:
    assert sparkline([], 5) == ""
    assert sparkline([3.0], 5) == "▁"
    assert sparkline([1.0, 1.0], 5) == "▁▁"
    assert sparkline(list(range(8)), 8) == "▁▂▃▄▅▆▇█"
    assert sparkline(list(range(800)), 8) == "▁▂▃▄▅▆▇█"


def job(number: str, state: str = "PENDING", reason: str = "", node: str = "") -> ClusterJob:
    waits = state in ("PENDING", "")
    return ClusterJob(number, state, (), waits=waits, lives=True, reason=reason, node=node)


def test_jobs_of_a_cluster() -> None:
    on_node = evolve(stage(Running(Holder(1, "box"), BEAT, 70.0)), job=job("16", "RUNNING", node="node7"))
    queued = [
        stage(Queued(job("17", reason="Dependency"))),
        stage(Queued(job("17", reason="Dependency")), kind="predict"),
        stage(Queued(job("18", reason="Priority"))),
    ]
    shown = text(on_node, *queued)
    assert "  dense teacher seed 0  ████░░░░░░░░░░░░  epoch 12 of 40, 1:10 min left, job 16 on node7" in shown
    waits = "in 2 jobs (1 wait for other jobs, 1 Priority)"
    assert f"queued on the cluster: 2 trainings, 1 set of teacher outputs {waits}" in shown
    assert [describe(stage, 0) for stage in queued[1:]] == [
        "job 17, waits for other jobs",
        "job 18, waits: Priority",
    ]
    assert describe(stage(Queued(job("17", "RUNNING", node="n1"))), 0) == "job 17 on n1, not begun"
    unknown = stage(Queued(job("17", "")))
    assert describe(unknown, 0) == "job 17, and Slurm cannot be asked"
    assert "queued on the cluster: 1 training; Slurm cannot be asked" in text(unknown)


def test_of_a_long_name_the_end_is_shown() -> None:
    """There stands what tells two stages apart."""
    ends = ("with pad 1", "with pad 4")
    stages = [stage(Running(Holder(1, "box"), BEAT, 1.0), f"{'n' * 90} outputs {end}") for end in ends]
    shown = "\n".join(text(*stages))
    assert all(end in shown for end in ends)
