"""On a GPU: the same bytes each time, resumed or not, alone or beside another; near a CPU's numbers."""

from __future__ import annotations

import io
import json
import os
import signal
from typing import Any

import job
import numpy as np
import pytest
import torch
from attrs import evolve
from rich.console import Console
from safetensors.numpy import load
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from banc.config.model import DenseNetBC, Model, PreResNet, WideResNet
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Augmentation, Recipe
from banc.errors import BancError
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.inputs import Inputs
from banc.runner.process.progress import Progress
from banc.runner.training.cuda_graph import VARIABLE, WARM_UP
from banc.runner.training.dropout import counted_dropout
from banc.runner.training.filling import to_host
from banc.runner.training.group import BatchSlice, Group
from banc.runner.training.image_set import load_images
from banc.runner.training.randomness import stream
from banc.runner.training.shown import ShownImages
from banc.runner.training.splitmix import splitmix64
from banc.runner.training.teachers import Reader
from banc.runner.training.train import train
from banc.stage import files
from banc.stage.kinds import Predict, Train

RECIPE: Recipe = evolve(job.RECIPE, epochs=4, batch=32, learning_rate=0.02, drop_at=(0.5,))
MIXED: Augmentation = evolve(RECIPE.augment, cutout=3, mixup=0.4)
MODELS: dict[str, Model] = {
    "dropout": WideResNet(10, 1, dropout=0.3),
    "dense": DenseNetBC(10, 4),
    "bottlenecks": PreResNet(11),
}


@pytest.fixture(params=MODELS)
def stage(request: pytest.FixtureRequest, workspace: Any) -> Train:
    return Train(MODELS[request.param], RECIPE, OBJECTIVES["labels"], 0, workspace.data)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_training_gives_the_same_bytes_again(workspace: Any, stage: Train, precision: str) -> None:
    stage = evolve(stage, recipe=evolve(RECIPE, precision=precision))
    assert workspace.run(stage) == workspace.run(stage)


def test_a_training_that_is_stopped_and_goes_on_ends_in_the_same_bytes(workspace: Any, stage: Train) -> None:
    whole = workspace.run(stage)
    passes = 0

    def stop(network: nn.Module, _: object) -> None:
        nonlocal passes
        passes += isinstance(network, nn.Linear) and network.training
        if passes == 7:  # in the third epoch, after steps that were replayed and run no hook
            os.kill(os.getpid(), signal.SIGTERM)

    hook = register_module_forward_pre_hook(stop)
    try:
        with pytest.raises(BancError, match="stopped by SIGTERM"):
            workspace.run(stage)
    finally:
        hook.remove()
    assert any((workspace.root / ".banc/checkpoints").rglob("*"))
    assert workspace.run(stage) == whole


@pytest.fixture
def replays(device: torch.device, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A mark for each replay of a CUDA graph."""
    if device.type != "cuda":
        pytest.skip("a CPU has no CUDA graphs")
    seen: list[object] = []
    replay = torch.cuda.CUDAGraph.replay

    def noted(graph: Any) -> None:
        seen.append(graph)
        replay(graph)

    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", noted)
    return seen


def numbers(outputs: dict[str, bytes]) -> dict[str, bytes]:
    """All but what it was made with."""
    return {name: content for name, content in outputs.items() if name != files.FACTS}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"precision": "bfloat16"},
        {"precision": "bfloat16", "micro_batch": 12},
        {"optimizer": "adamw", "clip_norm": 0.5, "schedule": "cosine", "label_smoothing": 0.1},
        {"augment": MIXED, "label_smoothing": 0.1},
    ],
    ids=["float32", "bfloat16", "parts", "adamw", "mixup"],
)
def test_replayed_steps_give_the_bytes_of_single_ones(
    workspace: Any,
    stage: Train,
    replays: list[object],
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
) -> None:
    stage = evolve(stage, recipe=evolve(RECIPE, **changed))
    recorded = workspace.run(stage)
    assert len(replays) == 2 * RECIPE.epochs - WARM_UP
    monkeypatch.setenv(VARIABLE, "0")
    assert numbers(workspace.run(stage)) == numbers(recorded)
    assert len(replays) == 2 * RECIPE.epochs - WARM_UP
    assert [
        json.loads(each[files.FACTS])["made_with"]["cuda_graphs"]
        for each in (recorded, workspace.outputs(stage))
    ] == ["yes", "no"]


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "labels"])
def test_a_recorded_live_teacher_says_what_it_says_alone(
    workspace: Any, replays: list[object], monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    teacher = Train(MODELS["dense"], RECIPE, OBJECTIVES["labels"], 0, workspace.data)
    workspace.run(teacher)
    student = evolve(
        teacher,
        model=MODELS["dropout"],
        objective=OBJECTIVES[objective],
        seed=1,
        teachers=(workspace.link(teacher),),
    )
    replays.clear()
    recorded = workspace.run(student)
    assert len(set(map(id, replays))) == 2
    monkeypatch.setenv(VARIABLE, "0")
    assert numbers(workspace.run(student)) == numbers(recorded)


class Watched(Progress):
    """Lets nothing wait for the device between the first step and the last of the third epoch and later ones.

    Before, graphs are recorded.
    """

    def __init__(self, images: int) -> None:
        super().__init__(Console(quiet=True))
        self._images, self._shown = images, 0

    def advance(self, images: int) -> None:
        self._shown += images
        epoch, within = divmod(self._shown, self._images)
        torch.cuda.set_sync_debug_mode("error" if epoch >= 2 and within else "default")
        super().advance(images)


@pytest.mark.parametrize("recorded", ["0", "1"])
@pytest.mark.parametrize("taught", ["labels", "stored", "live"])
def test_no_step_waits_for_the_device_or_draws_from_its_generator(
    workspace: Any, device: torch.device, monkeypatch: pytest.MonkeyPatch, recorded: str, taught: str
) -> None:
    if device.type != "cuda":
        pytest.skip("nothing waits for a CPU")
    teacher = Train(MODELS["dense"], RECIPE, OBJECTIVES["labels"], 0, workspace.data)
    student = evolve(teacher, model=MODELS["dropout"], seed=1)
    if taught != "labels":
        workspace.run(teacher)
        student = evolve(student, objective=OBJECTIVES["dkpp"], teachers=(workspace.link(teacher),))
    if taught == "stored":
        store = Predict(RECIPE.augment, workspace.data, workspace.link(teacher))
        workspace.run(store)
        student = evolve(student, teachers=(), teacher_outputs=(workspace.link(store),))
    monkeypatch.setenv(VARIABLE, recorded)
    folder, watch = workspace.root / "written", Watched(workspace.IMAGES)
    folder.mkdir()
    checkpoints = Checkpoints(workspace.root, workspace.link(student), Inputs(workspace.root), watch.log)
    try:
        train(workspace.root, student, folder, watch, checkpoints, Group())
    finally:
        torch.cuda.set_sync_debug_mode("default")
    # `torch.manual_seed` before the first weights are drawn sets it, and nothing moves it.
    after = torch.cuda.get_rng_state(device)
    torch.manual_seed(stream(student.seed, "init"))
    assert torch.equal(after, torch.cuda.get_rng_state(device))


def test_the_cpu_comes_to_nearly_the_same(
    workspace: Any, stage: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32. The learning rate is small, so that rounding is not multiplied by the training itself."""
    stage = evolve(stage, recipe=evolve(RECIPE, learning_rate=1e-3))
    here = workspace.run(stage)
    monkeypatch.setenv("BANC_DEVICE", "cpu")
    there = workspace.run(stage)
    for column in ("loss", "error"):
        np.testing.assert_allclose(curve(here, column), curve(there, column), rtol=1e-3, atol=1e-3)
    logits = [np.load(io.BytesIO(each[files.OUTPUTS])) for each in (here, there)]
    np.testing.assert_allclose(*logits, atol=0.02)
    weights = [load(each[files.MODEL]) for each in (here, there)]
    for name, weight in weights[0].items():
        np.testing.assert_allclose(weight, weights[1][name], atol=0.01, err_msg=name)


def curve(outputs: dict[str, bytes], column: str) -> list[float]:
    header, *lines = outputs[files.HISTORY].decode().splitlines()
    place = header.split(",").index(column)
    return [float(line.split(",")[place]) for line in lines]


def test_a_store_and_a_live_teacher_say_nearly_the_same(workspace: Any, device: torch.device) -> None:
    """A store asks in other batches than a student does, which may move the last digit of a float16."""
    teacher = Train(MODELS["dense"], RECIPE, OBJECTIVES["labels"], 0, workspace.data)
    workspace.run(teacher)
    store = Predict(RECIPE.augment, workspace.data, workspace.link(teacher))
    filled = workspace.run(store)
    assert workspace.run(store) == filled
    if device.type == "cuda":
        assert int(json.loads(filled[files.STORE_FACTS])["made_with"]["batch"]) >= 256
    student = evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1)
    live = workspace.run(evolve(student, teachers=(workspace.link(teacher),)))
    stored = workspace.run(evolve(student, teacher_outputs=(workspace.link(store),)))
    np.testing.assert_allclose(curve(live, "loss"), curve(stored, "loss"), rtol=1e-3)


def test_a_store_gives_the_same_wherever_it_lies(device: torch.device) -> None:
    store = torch.randn(50, 18, 10).half()
    rows, view = torch.randint(50, (400,)), torch.randint(18, (400,))
    near, far = (Reader(store, device, room) for room in (store.nbytes, 0))
    assert (near.near, far.near) == (True, False)
    for outputs in (near(rows, view), far(rows, view)):
        assert outputs.device.type == device.type
        assert torch.equal(outputs.cpu(), store[rows, view])


def test_answers_come_to_the_host_in_order(device: torch.device) -> None:
    answers = torch.randn(1000, 10, device=device).half()
    read = [outputs.clone() for outputs in to_host(iter(answers.split(64)), device, 64)]
    assert torch.equal(torch.cat(read), answers.cpu())


def test_numbers_and_masks_are_those_of_the_cpu(device: torch.device) -> None:
    cpu = torch.device("cpu")
    for begin in (0, 2**32 - 5, 2**63):
        numbers = splitmix64(1234567, begin, begin + 100_000, device)
        assert torch.equal(numbers.cpu(), splitmix64(1234567, begin, begin + 100_000, cpu))
    for layout in (torch.contiguous_format, torch.channels_last):
        images = torch.ones(32, 7, 5, 5).contiguous(memory_format=layout)
        found = []
        for place in (device, cpu):
            layer = nn.Sequential(nn.Dropout(0.3)).train()
            counted_dropout(layer, 3).begin(11, BatchSlice(0, 32, 64, before=64))
            found.append(layer(images.to(place)).cpu())
        assert torch.equal(*found)
        assert found[0].stride() == images.stride()


def test_what_is_shown_is_that_of_the_cpu(workspace: Any, device: torch.device) -> None:
    """Views, squares and mixtures, to the byte."""
    rows = torch.arange(workspace.IMAGES)
    found = []
    for place in (device, torch.device("cpu")):
        data = load_images(
            workspace.root, workspace.data, files.DATA_ARRAYS[0], place, torch.contiguous_format
        )
        found.append([ShownImages(data, MIXED, 3)(epoch, rows).cpu() for epoch in range(3)])
    for shown in zip(*found, strict=True):
        assert torch.equal(*shown)
