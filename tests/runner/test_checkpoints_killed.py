"""Kills real processes of ``banc run`` where it hurts: the bytes are those of a run that nobody disturbed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from banc.config.data import Digits
from banc.config.model import FactoryNetwork, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Recipe
from banc.digest import file_digest
from banc.runner.process.checkpoints import PENDING
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Data, Predict, Stage, Train

OFTEN = "BANC_CHECKPOINT_SECONDS=0.02"
EPOCHS = 40


@pytest.fixture
def stages(workspace: Any, teacher: Train, recipe: Recipe) -> dict[str, Stage]:
    """Long enough to be killed many times; every way to learn, and to draw numbers."""
    long = attrs.evolve(recipe, epochs=EPOCHS)
    trained = workspace.run(teacher)
    store = workspace.run(Predict(recipe.augment, teacher.data, trained))
    student = attrs.evolve(teacher, model=WideResNet(10, 1, 0.3), recipe=long, seed=1)
    return {
        "labels": attrs.evolve(teacher, recipe=long, seed=1),
        "stored": attrs.evolve(student, objective=OBJECTIVES["dkpp"], teacher_outputs=(store,)),
        "live": attrs.evolve(student, objective=OBJECTIVES["ban-l"], teachers=(trained,)),
        "options": attrs.evolve(
            student,
            recipe=attrs.evolve(
                long,
                optimizer="adamw",
                momentum=0.0,
                nesterov=False,
                learning_rate=0.01,
                schedule="cosine",
                warm_up=0.1,
                clip_norm=0.5,
                label_smoothing=0.1,
                augment=attrs.evolve(recipe.augment, fill="zeros", cutout=3, mixup=0.4),
            ),
            objective=OBJECTIVES["ban-l"],
            teachers=(trained,),
        ),
        "predict": Predict(attrs.evolve(recipe.augment, pad=6), teacher.data, trained),
    }


def checkpoints(workspace: Any, name: str) -> list[Path]:
    """The latest first."""
    return sorted((workspace.root / ".banc/checkpoints" / name).glob("[0-9]*-*"), reverse=True)


Undisturbed = Callable[[Any, Stage], tuple[str, dict[str, bytes], float]]


@pytest.fixture(scope="module")
def undisturbed(nursery: Any) -> Undisturbed:
    """A stage's name, outputs and seconds; they are the same for all tests, and so are made once."""
    made: dict[str, tuple[str, dict[str, bytes], float]] = {}

    def run(workspace: Any, stage: Stage) -> tuple[str, dict[str, bytes], float]:
        name = workspace.link(stage)
        if name not in made:
            begin = time.monotonic()
            nursery.start(workspace.root, name)
            assert nursery.wait() == 0
            made[name] = name, forget(workspace, stage), time.monotonic() - begin
        return made[name]

    return run


def forget(workspace: Any, stage: Stage) -> dict[str, bytes]:
    """The outputs of a finished stage, which are then gone, like its checkpoints."""
    assert not (workspace.root / ".banc/checkpoints" / workspace.link(stage)).exists()
    assert not list((workspace.root / ".banc/tmp").iterdir())
    outputs: dict[str, bytes] = workspace.outputs(stage)
    assert set(outputs) == set(files.writes(stage))
    shutil.rmtree(workspace.path(stage, ""))
    return outputs


def finish(workspace: Any, nursery: Any, stage: Stage) -> dict[str, bytes]:
    nursery.start(workspace.root, workspace.link(stage), OFTEN)
    assert nursery.wait() == 0, said(workspace)
    return forget(workspace, stage)


def said(workspace: Any) -> str:
    text: str = (workspace.root / "said.txt").read_text()
    return text


def until(reached: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "waited too long"


def killed_when(
    workspace: Any,
    nursery: Any,
    stage: Stage,
    expected: dict[str, bytes],
    reached: Callable[[], object],
    number: signal.Signals = signal.SIGKILL,
) -> int:
    """Signals to the stage as soon as that is reached; where the stage was faster, to another run of it.

    One whose loop is over saves nothing more and says nothing, when it is asked to stop.
    """
    published = workspace.path(stage, "")
    for _ in range(20):
        nursery.start(workspace.root, address(stage), OFTEN)
        until(lambda: reached() or published.exists())
        nursery.kill(number)
        status: int = nursery.wait()
        if not published.exists() and (number == signal.SIGKILL or "stopped by" in said(workspace)):
            assert number != signal.SIGKILL or status == -number, said(workspace)
            return status
        shutil.rmtree(workspace.root / ".banc/checkpoints" / address(stage), ignore_errors=True)
        assert not published.exists() or forget(workspace, stage) == expected
    pytest.fail("the stage was always faster")


@pytest.mark.parametrize(
    ("kind", "kills"), [("labels", 7), ("stored", 7), ("live", 7), ("options", 5), ("predict", 6)]
)
def test_killed_at_random_moments_again_and_again(
    workspace: Any, nursery: Any, undisturbed: Undisturbed, stages: dict[str, Stage], kind: str, kills: int
) -> None:
    stage = stages[kind]
    name, expected, took = undisturbed(workspace, stage)
    rng = random.Random(kind)
    moments = [rng.uniform(0.1, 0.4) * took for _ in range(kills)]
    for moment in moments:
        nursery.start(workspace.root, name, OFTEN)
        time.sleep(moment)
        nursery.kill()
        nursery.wait()
        if workspace.path(stage, "").exists():
            # Killed after its publication, or not at all.
            shutil.rmtree(workspace.root / ".banc/checkpoints" / name, ignore_errors=True)
            assert forget(workspace, stage) == expected
    # How far those came depends on the machine.
    killed_when(workspace, nursery, stage, expected, lambda: checkpoints(workspace, name))
    assert finish(workspace, nursery, stage) == expected
    if kind != "predict":
        assert "goes on at epoch" in said(workspace)


@pytest.mark.parametrize("kind", ["stored", "predict"])
def test_killed_while_a_checkpoint_is_written(
    workspace: Any, nursery: Any, undisturbed: Undisturbed, stages: dict[str, Stage], kind: str
) -> None:
    stage = stages[kind]
    name, expected, _ = undisturbed(workspace, stage)
    pending = workspace.root / ".banc/checkpoints" / name / PENDING
    half = 0
    for _ in range(60):
        pending.unlink(missing_ok=True)
        killed_when(workspace, nursery, stage, expected, pending.exists)
        half += pending.exists()
        if half == 3:
            break
    assert half, "no kill met a checkpoint that was being written"
    assert finish(workspace, nursery, stage) == expected


@pytest.mark.parametrize("kind", ["live", "predict"])
@pytest.mark.parametrize("damaged", [1, 2])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_a_damaged_checkpoint_is_noticed_and_the_older_one_used(
    workspace: Any,
    nursery: Any,
    undisturbed: Undisturbed,
    stages: dict[str, Stage],
    kind: str,
    damaged: int,
    how: str,
) -> None:
    stage = stages[kind]
    name, expected, _ = undisturbed(workspace, stage)
    killed_when(workspace, nursery, stage, expected, lambda: len(checkpoints(workspace, name)) >= 2)
    latest, older, *more = checkpoints(workspace, name)
    for path in more:  # it was killed just before it would have removed that one
        path.unlink()
    for path in (latest, older)[:damaged]:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content if how == "flipped" else content[:-1])
    assert finish(workspace, nursery, stage) == expected
    assert said(workspace).count("is damaged and is not used") == damaged
    assert ("goes on" in said(workspace)) == (kind == "live" and damaged == 1)


def test_a_store_that_changed_behind_its_checkpoint_is_begun_anew(
    workspace: Any, nursery: Any, undisturbed: Undisturbed, stages: dict[str, Stage]
) -> None:
    stage = stages["predict"]
    name, expected, _ = undisturbed(workspace, stage)
    killed_when(workspace, nursery, stage, expected, lambda: len(checkpoints(workspace, name)) >= 2)
    with (workspace.root / ".banc/checkpoints" / name / files.OUTPUTS).open("r+b") as file:
        file.seek(1000)
        file.write(b"?")
    assert finish(workspace, nursery, stage) == expected
    assert "is not used" in said(workspace)


@pytest.mark.parametrize("kind", ["labels", "predict"])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_asked_to_stop_it_saves_and_says_how_to_go_on(
    workspace: Any,
    nursery: Any,
    undisturbed: Undisturbed,
    stages: dict[str, Stage],
    kind: str,
    number: signal.Signals,
    status: int,
) -> None:
    stage = stages[kind]
    name, expected, _ = undisturbed(workspace, stage)
    before: list[str] = []

    def begun() -> bool:
        """Whether its loop has."""
        before[:] = [path.name for path in checkpoints(workspace, name)]
        return bool(before)

    assert killed_when(workspace, nursery, stage, expected, begun, number) == status, said(workspace)
    error, hint = said(workspace).splitlines()[-2:]
    assert error.startswith(f"error: {name}, ")
    assert error.endswith(f"stopped by {number.name}")
    assert hint == "hint: `dvc repro` goes on from here"
    assert checkpoints(workspace, name)[0].name >= before[0]
    assert not (workspace.root / ".banc/failures").exists()
    assert (workspace.root / f".banc/progress/{name}.json").exists()
    assert not workspace.path(stage, "").exists()
    assert not list((workspace.root / ".banc/tmp").iterdir())
    assert finish(workspace, nursery, stage) == expected


def test_going_on_elsewhere_is_said_and_written_down(
    workspace: Any, nursery: Any, undisturbed: Undisturbed, stages: dict[str, Stage]
) -> None:
    """Two threads add in another order than one."""
    # Few epochs: two threads wait for each other on a busy machine.
    labels = stages["labels"]
    assert isinstance(labels, Train)
    stage = attrs.evolve(labels, recipe=attrs.evolve(labels.recipe, epochs=8))
    name, expected, _ = undisturbed(workspace, stage)
    killed_when(workspace, nursery, stage, expected, lambda: checkpoints(workspace, name))
    nursery.start(workspace.root, name, "BANC_THREADS=2")
    assert nursery.wait() == 0, said(workspace)
    facts = json.loads(forget(workspace, stage)[files.FACTS])
    assert facts["made_with"]["device"] == "cpu, 2 threads"
    assert [each["device"] for each in facts["made_with_before"]] == ["cpu, 1 thread"]
    assert "warning: begun with device cpu, 1 thread instead of cpu, 2 threads" in said(workspace)


WIDE = """
from torch import nn

def make(classes, channels, height, width):
    return nn.Sequential(
        nn.Conv2d(channels, 1024, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, classes)
    )
"""


@pytest.mark.parametrize("micro_batch", [None, 20])
def test_memory_that_ends_is_told_with_a_cure_that_cures(
    workspace: Any, nursery: Any, recipe: Recipe, micro_batch: int | None
) -> None:
    """One tensor is larger than all that is left, so that nothing small fails before it."""
    source = workspace.root / "wide.py"
    source.write_text(WIDE)
    data = workspace.run(Data(Digits(train=1000)))
    whole = attrs.evolve(recipe, batch=1000, epochs=1, micro_batch=micro_batch)
    model = FactoryNetwork("wide.py", "make", file_digest(source))
    stage = Train(model, whole, OBJECTIVES["labels"], seed=0, data=data)
    name = workspace.link(stage)
    # The tensor has 262 MB; the test set's is as much, in batches of 256 images 67 MB.
    nursery.start(workspace.root, name, "MORE_MEMORY=230", "BANC_THREADS=1")
    status = nursery.wait()
    if micro_batch:
        assert status == 0, said(workspace)
        return
    assert status == 1
    error, hint = said(workspace).splitlines()
    assert error == f"error: {name}, epoch 1 of 1: out of memory"
    assert hint.startswith("hint: give the recipe a `micro_batch`")
    assert not workspace.path(stage, "").exists()
