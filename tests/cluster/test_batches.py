"""Which stages share a job: only those where a failure then costs nothing that it did not cost before."""

from __future__ import annotations

from collections.abc import Iterable

from banc.cluster.batches import Wanted, batches
from banc.plan.estimate import Estimate
from banc.stage.kinds import Address


def stage(name: str, *reads: str, network: bool = True) -> Wanted:
    return Wanted(Address(name), frozenset(map(Address, reads)), network)


def of(wanted: list[Wanted], together: float, seconds: float | None = 10.0) -> list[tuple[str, str]]:
    estimate = Estimate(seconds, seconds, seconds, "model")
    made = batches(wanted, {stage.address: estimate for stage in wanted}, together)
    return [(_joined(batch.stages), _joined(sorted(batch.after))) for batch in made]


def _joined(names: Iterable[str]) -> str:
    return " ".join(names)


LINE = [
    stage("data", network=False),
    stage("t", "data"),
    stage("t-outputs", "data", "t"),
    stage("one", "data", "t-outputs"),
]


def test_a_line_shares_a_job_as_long_as_its_time_allows() -> None:
    assert of(LINE, 0) == [("data", ""), ("t", "data"), ("t-outputs", "t"), ("one", "t-outputs")]
    assert of(LINE, 20) == [("data", ""), ("t t-outputs", "data"), ("one", "t-outputs")]
    assert of(LINE, 30) == [("data", ""), ("t t-outputs one", "data")]


def test_of_what_nobody_can_estimate_each_is_alone() -> None:
    assert len(of(LINE, 1000, seconds=None)) == 4


def test_two_students_of_one_teacher_are_two_jobs() -> None:
    wanted = [*LINE, stage("two", "data", "t-outputs")]
    assert of(wanted, 1000) == [
        ("data", ""),
        ("t t-outputs", "data"),
        ("one", "t-outputs"),
        ("two", "t-outputs"),
    ]


def test_where_somebody_outside_hangs_on_the_first_alone_the_second_is_not_added() -> None:
    """If `t-outputs` failed, the job would have failed, and `frozen` were cancelled that could run."""
    wanted = [*LINE[:3], stage("frozen", "data", "t")]
    assert of(wanted, 1000) == [("data", ""), ("t", "data"), ("t-outputs", "t"), ("frozen", "t")]


def test_who_needs_two_jobs_waits_for_both() -> None:
    wanted = [stage("a"), stage("b"), stage("mean", "a", "b"), stage("last", "mean", "a")]
    assert of(wanted, 1000) == [("a", ""), ("b", ""), ("mean last", "a b")]
