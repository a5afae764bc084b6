"""Times of whole stages, and what a plan costs in all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from banc.compiler import compile_specs
from banc.graph.graph import Graph
from banc.machine import Device
from banc.plan.costs import Bytes, costs, total
from banc.plan.estimate import CALL, SPREAD, START, UNKNOWN, Estimate, estimate, estimated, time_around
from banc.plan.plan import plan
from banc.plan.rates import Rates
from banc.plan.step import Plan
from banc.plan.work import Work, work
from banc.stage.kinds import Address
from banc.stage.timing import Timing
from banc.state.read import read
from banc.state.state import Checkpoint, Disk, State, Timings

CPU = Device("A CPU", gpu=False, cores=2)
SPEC = """
banc = 1
title = "T"
data = { set = "digits", train = 100 }
seeds = [0]
recipe = { epochs = 6, batch = 50, augment = { pad = 1, flip = false } }
[models]
dense = { family = "densenet-bc", depth = 10, growth = 2 }
[lineages]
ban = { models = "dense", generations = 2, teacher_outputs = "stored" }
[table]
rows = "dense"
columns = ["teacher", "ban-1", "ban-2"]
"""
Planned = tuple[Plan, Graph, State]


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Planned]:
    def of(spec: str = SPEC) -> Planned:
        (tmp_path / ".dvc").mkdir(exist_ok=True)
        path = tmp_path / "t.toml"
        path.write_text(spec)
        graph = compile_specs(tmp_path, [path]).graph
        state = read(tmp_path, {address: placed.stage for address, placed in graph.stages.items()})
        return plan(graph, state), graph, state

    return of


def ran(made: Plan, graph: Graph, seconds: float = 12.0) -> Timings:
    """As if every kind of stage ran once: 600 images of the network trained, 900 asked, 1697 tested."""
    network = next(each.network for each in work(made, graph).values() if each.network)
    about: dict[str, Any] = {
        "device": CPU,
        "ended": 0,
        "network": network.key,
        "precision": "float32",
        "multiply_adds": network.multiply_adds,
        "parameters": network.parameters,
    }
    trained = Timing("train-x", "train", around=2.0, images=600, seconds=seconds, batch=50, **about)
    trained = attrs.evolve(trained, tested=1697, test_seconds=1.0)
    predicted = Timing("predict-x", "predict", around=3.0, images=900, seconds=seconds, **about)
    scored = Timing("score-x", "score", CPU, around=0.5, ended=0)
    data = next(step.address for step in made.steps if step.kind == "data")
    return Timings(here=(trained, predicted, scored, Timing(data, "data", CPU, around=0.25, ended=0)))


def test_what_ran_here_before_takes_as_long_again(planned: Callable[..., Planned]) -> None:
    made, graph, _ = planned()
    found = estimate(made, graph, ran(made, graph), CPU)
    assert list(found) == [step.address for step in made.steps]
    seconds = {step.kind: found[step.address] for step in made.steps}
    assert seconds["train"].seconds == pytest.approx(2.0 + CALL + 12.0 + 1.0)
    assert seconds["predict"].seconds == pytest.approx(3.0 + CALL + 12.0)
    assert seconds["score"].seconds == pytest.approx(0.5 + CALL)
    assert seconds["data"].seconds == pytest.approx(0.25 + CALL)
    assert {each.basis for kind, each in seconds.items() if kind != "table"} == {"measured here"}
    table = seconds["table"]
    assert (table.seconds, table.basis) == (START["table"] + CALL, "measured elsewhere")
    assert table.high == pytest.approx(SPREAD * (START["table"] + CALL))


def test_on_a_new_machine(planned: Callable[..., Planned]) -> None:
    """Never zero."""
    made, graph, _ = planned()
    for each in estimate(made, graph, Timings(), CPU).values():
        assert each.low is not None and each.seconds is not None and each.high is not None
        assert 0 < each.low < each.seconds < each.high


def test_of_a_data_set_that_may_have_to_be_downloaded_nobody_knows() -> None:
    address, rates, around = Address("data-x"), Rates(Timings(), CPU), time_around(Timings(), CPU)
    assert estimated(Work("data"), address, rates, around) == UNKNOWN
    assert estimated(Work("data", installed=True), address, rates, around) != UNKNOWN


def test_a_checkpoint_takes_off_its_part(planned: Callable[..., Planned]) -> None:
    made, graph, _ = planned()
    steps = tuple(
        attrs.evolve(step, checkpoint=Checkpoint(3)) if step.kind == "train" else step for step in made.steps
    )
    half = estimate(attrs.evolve(made, steps=steps), graph, ran(made, graph), CPU)
    address = next(step.address for step in made.steps if step.kind == "train")
    assert half[address].seconds == pytest.approx(2.0 + CALL + 6.0 + 1.0)


def test_a_network_of_one_s_own_is_unknown_until_it_ran(planned: Callable[..., Planned]) -> None:
    text = SPEC.replace('"densenet-bc", depth = 10, growth = 2', '"torchvision", name = "resnet18"')
    text = text.replace('{ set = "digits", train = 100 }', '"cifar10"')
    made, graph, state = planned(text)
    found = costs(made, graph, state, CPU)
    trainings = [step.address for step in made.steps if step.kind in ("train", "predict")]
    assert {found.estimates[address] for address in trainings} == {UNKNOWN}
    assert found.total(trainings).unknown == len(trainings)
    assert found.bytes.unknown == 3, "weights of as many trainings"
    assert found.stores.seconds is None and found.stores.spared_seconds is None
    timings = ran(made, graph)
    found = costs(made, graph, attrs.evolve(state, timings=timings), CPU)
    assert found.total(trainings).unknown == 0


def test_sums_say_what_they_rest_on() -> None:
    parts = [
        Estimate(10.0, 8.0, 12.0, "measured here"),
        Estimate(30.0, 10.0, 90.0, "model"),
        UNKNOWN,
    ]
    found = total(parts)
    assert (found.seconds, found.low, found.high, found.unknown) == (40.0, 18.0, 102.0, 1)
    assert found.shares == {"measured here": 10.0, "model": 30.0}
    assert total([]).seconds == 0


def test_what_stored_outputs_save(planned: Callable[..., Planned]) -> None:
    made, graph, state = planned()
    found = costs(made, graph, attrs.evolve(state, timings=ran(made, graph)), CPU).stores
    assert (found.stores, found.passes, found.spared) == (2, 2 * 900, 2 * 600)
    assert found.seconds == pytest.approx(2 * (3.0 + CALL + 12.0))
    assert found.spared_seconds == pytest.approx(2 * 600 * 12.0 / 900)
    assert found.bytes == 2 * (128 + 900 * 10 * 2 + 1000)


def test_bytes_and_what_is_free(planned: Callable[..., Planned]) -> None:
    made, graph, state = planned()
    found = costs(made, graph, state, CPU)
    known = [each.writes for each in found.work.values()]
    assert found.bytes.writes == sum(each or 0 for each in known)
    assert found.bytes.meanwhile == max(each.meanwhile for each in found.work.values()) > 0
    assert found.bytes.missing == 0


@pytest.mark.parametrize(
    ("disk", "missing"),
    [
        (None, 0),
        (Disk(1000), 0),
        (Disk(200), 60),  # 100 and their copies, 50 restored, 10 of checkpoints
        (Disk(160, cache=100), 0),
        (Disk(150, cache=100), 10),
        (Disk(1000, cache=30), 70),
    ],
)
def test_what_does_not_fit(disk: Disk | None, missing: int) -> None:
    assert Bytes(100, 0, 50, 10, disk).missing == missing


TWO = """
[transfers]
kd = { teacher = "dense", students = "dense", objective = "kd", teacher_outputs = "stored" }
"""


@pytest.mark.parametrize("students", [1, 2])
def test_a_store_by_epoch_pays_from_the_second_student_on(
    planned: Callable[..., Planned], students: int
) -> None:
    """Six epochs of 100 images: a store costs what a live student does, and each student is spared that."""
    text = SPEC.replace("flip = false }", "flip = false, mixup = 0.2 }").replace(
        "generations = 2", "generations = 1"
    )
    text = text.replace(', "ban-2"', "")
    if students == 2:
        text = text.replace("[table]", TWO.replace('kd" }', 'kd", teacher_outputs = "stored" }') + "[table]")
        text = text.replace('"ban-1"]', '"ban-1", "kd"]')
    made, graph, state = planned(text)
    found = costs(made, graph, state, CPU).stores
    assert (found.stores, found.passes, found.spared) == (1, 600, students * 600)
    assert found.bytes == 128 + 600 * 10 * 2 + 1000
    live = planned(text.replace('"stored"', '"live"'))
    asked = sum(job.trained * len(job.live) for job in work(live[0], live[1]).values())
    assert asked == found.spared
    assert costs(*live, CPU).stores.passes == 0
