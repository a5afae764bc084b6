"""Several real processes train one network: the steps are those of one process, up to the order of sums."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from pair import OFTEN, Pair, checkpoints, forget, until
from safetensors.numpy import load

from banc.config.model import WideResNet
from banc.config.objective import OBJECTIVES, OwnObjective
from banc.config.recipe import Recipe
from banc.stage import files
from banc.stage.kinds import Predict, Stage, Train

DROPPING = WideResNet(10, 1, 0.3)
SEEDS = (1, 2, 3)
Undisturbed = Callable[[Pair, Stage], dict[str, bytes]]


@pytest.fixture(scope="module")
def nurseries(new_nursery: Callable[..., Any]) -> tuple[Any, Any]:
    """With what ``DistributedDataParallel`` imports."""
    os.environ["TORCH_CPP_LOG_LEVEL"] = "ERROR"
    made = new_nursery("torch._dynamo"), new_nursery("torch._dynamo")
    del os.environ["TORCH_CPP_LOG_LEVEL"]
    return made


@pytest.fixture
def pair(workspace: Any, nurseries: tuple[Any, Any]) -> Iterator[Pair]:
    made = Pair(workspace, nurseries)
    yield made
    made.close()


@pytest.fixture(scope="module")
def undisturbed() -> Undisturbed:
    """What two processes make of a stage; it is the same for all tests, and so is made once."""
    made: dict[str, dict[str, bytes]] = {}

    def outputs(pair: Pair, stage: Stage) -> dict[str, bytes]:
        name = pair.workspace.link(stage)
        if name not in made:
            made[name] = pair.outputs(stage)
        return made[name]

    return outputs


OWN = """\
import torch

def soft(logits, labels, teacher):
    return -(teacher.exp() * torch.log_softmax(logits, 1)).sum(1)
"""


def _own(root: Path) -> OwnObjective:
    (root / "mine.py").write_text(OWN)
    return OwnObjective("mine.py", "soft", hashlib.sha256(OWN.encode()).hexdigest())


@pytest.fixture
def stages(workspace: Any, teacher: Train, recipe: Recipe) -> dict[str, Train]:
    """Whatever a step may have in it that looks at the whole batch."""
    trained = workspace.run(teacher)
    store = workspace.run(Predict(recipe.augment, teacher.data, trained))
    student = attrs.evolve(teacher, seed=1)
    small = attrs.evolve(student, recipe=attrs.evolve(recipe, micro_batch=6))
    return {
        "dropout": attrs.evolve(
            student, model=DROPPING, objective=OBJECTIVES["dkpp"], teacher_outputs=(store,)
        ),
        "weights of samples": attrs.evolve(small, objective=OBJECTIVES["cwtm"], teacher_outputs=(store,)),
        "relations of samples": attrs.evolve(student, objective=OBJECTIVES["dist"], teacher_outputs=(store,)),
        "micro-batches": attrs.evolve(small, model=DROPPING),
        "options": attrs.evolve(
            student,
            recipe=attrs.evolve(
                recipe,
                schedule="cosine",
                warm_up=0.2,
                clip_norm=0.5,
                label_smoothing=0.1,
                micro_batch=6,
                augment=attrs.evolve(recipe.augment, fill="zeros", cutout=3, mixup=0.4),
            ),
            objective=OBJECTIVES["ban-l"],
            teachers=(trained,),
        ),
        "own objective": attrs.evolve(small, objective=_own(workspace.root), teachers=(trained,)),
        "adamw": attrs.evolve(
            student,
            # Where a gradient is zero up to rounding, so is Adam's step only beside an epsilon that is
            # larger.
            recipe=attrs.evolve(recipe, optimizer="adamw", learning_rate=0.01, epsilon=0.1, clip_norm=0.5),
        ),
        "live": attrs.evolve(student, objective=OBJECTIVES["ban-l"], teachers=(trained,)),
        "long": attrs.evolve(student, model=DROPPING, recipe=attrs.evolve(recipe, epochs=12)),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "dropout",
        "weights of samples",
        "relations of samples",
        "micro-batches",
        "live",
        "options",
        "adamw",
        "own objective",
    ],
)
def test_two_processes_take_the_steps_of_one(
    workspace: Any, pair: Pair, stages: dict[str, Train], kind: str
) -> None:
    # A unit whose input is zero up to rounding is on in one run and off in the other, which moves weights by
    # 1e-4 and says nothing. A wrong step moves those of every seed.
    assert any(
        alike(workspace, pair, attrs.evolve(stages[kind], seed=seed), last=seed == SEEDS[-1])
        for seed in SEEDS
    )


def alike(workspace: Any, pair: Pair, stage: Train, *, last: bool) -> bool:
    """Whether one process and two come to the same; where it is the last try, fails with the difference."""
    workspace.run(stage)
    one = forget(workspace, stage)
    two = pair.outputs(stage)
    assert json.loads(two[files.FACTS])["made_with"]["device"] == "2 processes, cpu, 1 thread"
    try:
        before, after = (load(each[files.MODEL]) for each in (one, two))
        assert before.keys() == after.keys()
        for name, weight in before.items():
            np.testing.assert_allclose(weight, after[name], rtol=1e-4, atol=1e-5, err_msg=name)
        logits = [np.load(path) for path in (save(workspace, one), save(workspace, two))]
        np.testing.assert_allclose(*logits, rtol=1e-3, atol=1e-3)
        lines = [each[files.HISTORY].decode().splitlines() for each in (one, two)]
        assert lines[0][0] == lines[1][0]
        curves = [[[float(cell or "nan") for cell in line.split(",")] for line in rest] for _, *rest in lines]
        np.testing.assert_allclose(*curves, rtol=1e-5)
    except AssertionError:
        if last:
            raise
        return False
    return True


def save(workspace: Any, outputs: dict[str, bytes]) -> Path:
    path: Path = workspace.root / f"outputs-{len(list(workspace.root.iterdir()))}.npy"
    path.write_bytes(outputs[files.OUTPUTS])
    return path


def test_two_processes_give_the_same_bytes_again(
    pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train]
) -> None:
    assert pair.outputs(stages["dropout"], OFTEN) == undisturbed(pair, stages["dropout"])


@pytest.mark.parametrize(("number", "rank"), [(signal.SIGTERM, 0), (signal.SIGINT, 1), (signal.SIGHUP, 1)])
def test_asked_to_stop_either_makes_both_leave_with_a_checkpoint(
    pair: Pair,
    undisturbed: Undisturbed,
    stages: dict[str, Train],
    number: signal.Signals,
    rank: int,
) -> None:
    stage = stages["long"]
    expected = undisturbed(pair, stage)
    assert pair.signalled_at_a_checkpoint(stage, expected, rank, number) == [128 + number] * 2
    error, hint = pair.said(0).splitlines()[-2:]
    assert error.endswith(f"stopped by {number.name}")
    assert hint == "hint: `dvc repro` goes on from here"
    assert pair.said(1) == ""
    assert pair.outputs(stage, OFTEN) == expected
    assert "goes on at epoch" in pair.said(0)


@pytest.mark.parametrize("rank", [0, 1])
def test_where_one_is_killed_the_other_ends_and_the_bytes_are_the_same(
    pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train], rank: int
) -> None:
    stage = stages["long"]
    expected = undisturbed(pair, stage)
    statuses = pair.signalled_at_a_checkpoint(stage, expected, rank, signal.SIGKILL)
    assert statuses[rank] == -signal.SIGKILL
    assert statuses[1 - rank] == 1
    assert "Traceback" not in pair.said(0) + pair.said(1)
    if rank == 1:
        assert "another process of this training has ended" in pair.said(0)
    assert pair.outputs(stage, OFTEN) == expected


def test_an_input_that_is_edited_under_them_ends_all_and_costs_no_checkpoint_of_before(
    workspace: Any, pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train]
) -> None:
    stage = stages["long"]
    expected = undisturbed(pair, stage)
    path = workspace.path(stage.data, files.DATA_ARRAYS[0])
    content = path.read_bytes()

    def edit() -> None:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    def put_back() -> None:
        other = path.with_name("other")
        other.write_bytes(content)
        other.replace(path)

    assert pair.met_at_a_checkpoint(stage, expected, edit, put_back) == [1, 1]
    assert "was changed while this stage ran" in pair.said(0)
    assert pair.said(1) == ""
    assert not workspace.path(stage, "").exists()
    put_back()
    assert pair.outputs(stage, OFTEN) == expected
    assert "goes on" in pair.said(0)
    # Those of another input are for nobody.
    pair.signalled_at_a_checkpoint(stage, expected, 1, signal.SIGTERM)
    edit()
    pair.start(stage, OFTEN)
    assert pair.wait() == [0, 0]
    assert f"is of another `{path.relative_to(workspace.root)}` and is not used" in pair.said(0)
    assert forget(workspace, stage) != expected


def test_what_two_began_one_goes_on_with(
    workspace: Any, pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train]
) -> None:
    stage = stages["long"]
    outputs = undisturbed(pair, stage)
    pair.signalled_at_a_checkpoint(stage, outputs, 0, signal.SIGTERM)
    workspace.run(stage)
    facts = json.loads(workspace.path(stage, files.FACTS).read_text())
    assert facts["made_with"]["device"] == "cpu, 1 thread"
    assert [each["device"] for each in facts["made_with_before"]] == ["2 processes, cpu, 1 thread"]
    found = load(workspace.path(stage, files.MODEL).read_bytes())
    assert {name: weight.shape for name, weight in found.items()} == {
        name: weight.shape for name, weight in load(outputs[files.MODEL]).items()
    }


def test_a_loss_that_is_not_finite_is_told_once(pair: Pair, stages: dict[str, Train], recipe: Recipe) -> None:
    # Each step multiplies the weights by -999.
    bursting = attrs.evolve(recipe, learning_rate=1000.0, weight_decay=1.0, epochs=20)
    pair.start(attrs.evolve(stages["long"], recipe=bursting))
    assert pair.wait() == [1, 1]
    assert "the loss is not finite" in pair.said(0)
    assert pair.said(1) == ""
    (record,) = (pair.workspace.root / ".banc/failures").iterdir()
    assert json.loads(record.read_text())["message"] == "the loss is not finite"


def test_more_processes_than_images_in_the_last_step(
    pair: Pair, stages: dict[str, Train], recipe: Recipe
) -> None:
    pair.start(attrs.evolve(stages["long"], recipe=attrs.evolve(recipe, batch=39)))
    assert pair.wait() == [1, 1]
    assert "2 processes cannot share the `1` images" in pair.said(0)
    assert pair.said(1) == ""


def banc_run(root: Path, name: str, *words: str, **environment: str) -> subprocess.Popen[str]:
    (root / ".dvc").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", *(words or ("banc",)), "run", name],
        cwd=root,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listening,
    )


def listening() -> None:
    """As in a terminal: who runs the tests may have set SIGHUP aside."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_banc_run_and_torchrun_start_them(
    workspace: Any, pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train]
) -> None:
    stage = stages["dropout"]
    expected = undisturbed(pair, stage)
    name = workspace.link(stage)
    torchrun = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "banc")
    for words, environment in (((), {"BANC_PROCESSES": "2"}), (torchrun, {})):
        process = banc_run(workspace.root, name, *words, **environment)
        said = process.communicate()
        assert process.returncode == 0, said
        assert forget(workspace, stage) == expected
        if not words:
            assert said[1] == ""


def test_stopping_banc_run_stops_them(
    workspace: Any, pair: Pair, undisturbed: Undisturbed, stages: dict[str, Train]
) -> None:
    number = signal.SIGHUP  # which they get as well, and no other
    stage = stages["long"]
    expected = undisturbed(pair, stage)
    name, folder = workspace.link(stage), checkpoints(workspace, stage)
    for _ in range(20):
        process = banc_run(workspace.root, name, BANC_PROCESSES="2", BANC_CHECKPOINT_SECONDS="0.05")
        until(
            lambda: any("-" in path.name for path in folder.glob("*")) or workspace.path(stage, "").exists()
        )
        process.send_signal(number)
        _, said = process.communicate()
        if process.returncode:
            break
        assert forget(workspace, stage) == expected  # it was faster
    assert process.returncode == 128 + number, said
    error, hint, end = said.splitlines()
    assert error.endswith(f"stopped by {number.name}")
    assert hint == "hint: `dvc repro` goes on from here"
    assert end == f"error: {name}: training in 2 processes ended with exit status {128 + number}"
    assert pair.outputs(stage) == expected
    assert "goes on at epoch" in pair.said(0)


def test_a_number_of_processes_is_a_number(workspace: Any, teacher: Train) -> None:
    process = banc_run(workspace.root, workspace.link(teacher), BANC_PROCESSES="two")
    _, said = process.communicate()
    assert process.returncode == 2
    assert said.startswith("error: BANC_PROCESSES is `two`")


def test_what_is_no_training_runs_alone(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    stage = Predict(recipe.augment, teacher.data, workspace.run(teacher))
    workspace.run(stage)
    expected = forget(workspace, stage)
    process = banc_run(workspace.root, workspace.link(stage), BANC_PROCESSES="2", BANC_THREADS="1")
    process.communicate()
    assert process.returncode == 0
    assert forget(workspace, stage) == expected
