from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import attrs
import numpy as np
import pytest
import torch

from banc.config.data import Digits
from banc.config.model import VGG, FactoryNetwork, WideResNet
from banc.config.objective import OBJECTIVES, Labels
from banc.config.recipe import Augmentation, Recipe
from banc.digest import file_digest
from banc.errors import BancError, UsageError
from banc.models.build import build, count_parameters
from banc.runner.training.batches import TrainingSet
from banc.runner.training.group import Group
from banc.runner.training.randomness import stream
from banc.stage import files
from banc.stage.kinds import Address, Data, Train


def test_the_same_stage_twice_gives_the_same_bytes(workspace: Any, teacher: Train) -> None:
    workspace.run(teacher)
    first = workspace.outputs(teacher)
    assert set(first) == set(files.writes(teacher))
    workspace.run(teacher)
    assert workspace.outputs(teacher) == first


def test_a_student_of_stored_outputs_twice_gives_the_same_bytes(
    workspace: Any, teacher: Train, taught: Address
) -> None:
    student = attrs.evolve(
        teacher,
        model=WideResNet(depth=10, widening=1, dropout=0.3),
        objective=OBJECTIVES["ban-l"],
        seed=1,
        teacher_outputs=(taught,),
    )
    workspace.run(student)
    first = workspace.outputs(student)
    torch.rand(17)  # whoever draws in between
    workspace.run(student)
    assert workspace.outputs(student) == first


def test_it_learns_real_digits(workspace: Any, recipe: Recipe) -> None:
    data = workspace.run(Data(Digits(train=100)))
    longer = attrs.evolve(recipe, epochs=12, augment=Augmentation(pad=1, flip=False), drop_at=(0.7,))
    stage = Train(WideResNet(10, 1), longer, Labels(), seed=0, data=data)
    workspace.run(stage)
    curve = workspace.history(stage)
    assert curve[-1]["loss"] < curve[0]["loss"] / 4
    logits = np.load(workspace.path(stage, files.OUTPUTS))
    labels = np.load(workspace.path(data, files.DATA_ARRAYS[3]))
    assert (logits.argmax(1) != labels).mean() < 0.3  # 0.9 is chance


def test_what_it_writes(workspace: Any, teacher: Train) -> None:
    workspace.run(teacher)
    logits = np.load(workspace.path(teacher, files.OUTPUTS))
    assert logits.dtype == np.float32
    assert logits.shape == (Digits.TOTAL - 40, 10)
    facts = json.loads(workspace.path(teacher, files.FACTS).read_text())
    network = build(teacher.model, Digits.shape)
    assert facts["parameters"] == count_parameters(network)
    assert set(facts["made_with"]) == {"code", "device", "instructions", "numpy", "python", "torch"}
    stored = workspace.weights(teacher)
    assert {key: value.shape for key, value in stored.items()} == {
        key: tuple(value.shape) for key, value in network.state_dict().items()
    }
    curve = workspace.history(teacher)
    assert [line["epoch"] for line in curve] == [1, 2]
    assert [line["learning_rate"] for line in curve] == [0.1, 0.02]


def test_the_last_epochs_test_error_is_that_of_the_stored_outputs(workspace: Any, teacher: Train) -> None:
    workspace.run(teacher)
    logits = np.load(workspace.path(teacher, files.OUTPUTS))
    labels = np.load(workspace.path(teacher.data, files.DATA_ARRAYS[3]))
    first, last = workspace.history(teacher)
    assert last["test_error"] == round(100 * float((logits.argmax(1) != labels).mean()), 4)
    assert "test_error" not in first, "there are 44 test images for each that is trained on"


def test_measuring_the_test_error_changes_no_weight(
    workspace: Any, teacher: Train, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = attrs.evolve(teacher, model=WideResNet(10, 1, dropout=0.3), recipe=attrs.evolve(recipe, epochs=3))
    workspace.run(stage)
    before, curve = workspace.outputs(stage), workspace.history(stage)
    monkeypatch.setattr("banc.runner.training.train.measured_epochs", lambda *_: frozenset({1, 3}))
    workspace.run(stage)
    after, measured = workspace.outputs(stage), workspace.history(stage)
    assert [line.pop("test_error", None) is None for line in measured] == [False, True, False]
    del curve[-1]["test_error"]
    assert measured == curve
    assert {**after, files.HISTORY: b""} == {**before, files.HISTORY: b""}


def test_outputs_are_those_of_the_stored_network(workspace: Any, teacher: Train) -> None:
    workspace.run(teacher)
    network = build(teacher.model, Digits.shape)
    network.load_state_dict(
        {key: torch.from_numpy(value) for key, value in workspace.weights(teacher).items()}
    )
    facts = json.loads(workspace.path(teacher.data, files.DATA).read_text())
    images = np.load(workspace.path(teacher.data, files.DATA_ARRAYS[2]))[:50] / 255
    with torch.no_grad():
        expected = network.eval()(torch.tensor((images - facts["mean"]) / facts["std"]).float())
    found = np.load(workspace.path(teacher, files.OUTPUTS))[:50]
    assert np.allclose(found, expected.numpy(), atol=1e-4)


def test_every_tensor_is_trained(workspace: Any, teacher: Train) -> None:
    workspace.run(teacher)
    torch.manual_seed(stream(teacher.seed, "init"))
    fresh = build(teacher.model, Digits.shape).state_dict()
    stored = workspace.weights(teacher)
    assert not [key for key in stored if np.array_equal(stored[key], fresh[key].numpy())]


def test_a_generation_starts_from_weights_of_its_own(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    still = attrs.evolve(teacher, recipe=attrs.evolve(recipe, epochs=1, learning_rate=1e-12, weight_decay=0))
    other = attrs.evolve(still, seed=1)
    workspace.run(still)
    workspace.run(other)
    first, second = workspace.weights(still), workspace.weights(other)
    key = "classifier.weight"
    assert not np.allclose(first[key], second[key], atol=1e-3)
    torch.manual_seed(stream(1, "init"))
    assert np.allclose(second[key], build(teacher.model, Digits.shape).state_dict()[key].numpy(), atol=1e-6)


def test_a_loss_that_is_not_finite_ends_the_run(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    stage = attrs.evolve(teacher, recipe=attrs.evolve(recipe, epochs=9, learning_rate=1e30))
    with pytest.raises(
        BancError, match=r"^train-densenet.* epoch [1-9] of 9: the loss is not finite$"
    ) as caught:
        workspace.run(stage)
    assert caught.value.hint is not None
    assert "learning_rate" in caught.value.hint
    assert not workspace.path(stage, "").exists()
    assert not list((workspace.root / ".banc/tmp").iterdir())


def test_bfloat16_trains_other_numbers_and_stores_float32(
    workspace: Any, teacher: Train, recipe: Recipe
) -> None:
    short = attrs.evolve(teacher, recipe=attrs.evolve(recipe, precision="bfloat16"))
    workspace.run(short)
    workspace.run(teacher)
    exact, rounded = (np.load(workspace.path(each, files.OUTPUTS)) for each in (teacher, short))
    assert rounded.dtype == np.float32
    assert not np.array_equal(exact, rounded)
    assert {value.dtype for value in workspace.weights(short).values()} == {np.dtype("f4"), np.dtype("i8")}


def test_dropout_is_drawn_from_the_seed_and_the_step(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    """With nothing learned, the two epochs differ by views and dropout alone; without views, by dropout."""
    still = attrs.evolve(
        recipe, learning_rate=1e-12, weight_decay=0, batch=40, augment=Augmentation(pad=0, flip=False)
    )
    losses = {}
    for rate in (0.0, 0.5):
        stage = attrs.evolve(teacher, model=WideResNet(10, 1, dropout=rate), recipe=still)
        workspace.run(stage)
        losses[rate] = [line["loss"] for line in workspace.history(stage)]
    assert losses[0.0][0] == pytest.approx(losses[0.0][1], abs=2e-6)
    assert abs(losses[0.5][0] - losses[0.5][1]) > 1e-4


def test_the_last_batch_may_be_smaller_and_counts_by_its_images(
    workspace: Any, teacher: Train, recipe: Recipe
) -> None:
    """40 images in batches of 39: with nothing learned, mean loss and error are those of one batch of 40."""
    still = attrs.evolve(recipe, epochs=1, batch=39, learning_rate=1e-12, weight_decay=0)
    stage = attrs.evolve(teacher, recipe=still)
    workspace.run(stage)
    (line,) = workspace.history(stage)
    assert line["error"] * 40 / 100 == pytest.approx(round(line["error"] * 40 / 100), abs=1e-3)


@pytest.mark.parametrize(
    ("name", "value"), [("BANC_DEVICE", "tpu"), ("BANC_DEVICE", "cuda:99"), ("BANC_THREADS", "many")]
)
def test_a_device_that_is_not_there_is_a_wrong_call(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name} is `{value}`"):
        workspace.run(teacher)


def test_how_often_it_speaks_changes_no_byte(
    workspace: Any, teacher: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.run(teacher)
    before = workspace.outputs(teacher)
    monkeypatch.setattr("banc.runner.process.progress.QUIET", 0.0)
    monkeypatch.setattr("banc.runner.process.progress.REDRAW", 0.0)
    workspace.run(teacher)
    assert "epoch 2 of 2" in workspace.said.getvalue()
    assert workspace.outputs(teacher) == before


def test_a_training_does_not_load_what_costs_seconds(workspace: Any, teacher: Train) -> None:
    """torch's compiler, scikit-learn and the rest of DVC's world cost more than a small training."""
    name = workspace.link(teacher)
    code = f"""
import sys
from pathlib import Path
from rich.console import Console
from banc.runner.execute import execute
from banc.stage.files import load_stage
root = Path({str(workspace.root)!r})
execute(root, load_stage(root, {name!r}), {name!r}, Console())
heavy = {{"torch._dynamo", "torch._inductor", "torchvision", "sklearn", "scipy", "dvc", "pandas"}}
print(sorted(heavy & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.splitlines()[-1] == "[]"
    assert run.stderr == ""
    assert run.stdout.startswith("2 epochs of training in")


@pytest.mark.parametrize(("batch", "micro_batch", "key"), [(39, None, "batch"), (20, 19, "micro_batch")])
def test_an_image_that_batch_normalisation_meets_alone_is_told_before_training(
    workspace: Any, teacher: Train, recipe: Recipe, batch: int, micro_batch: int | None, key: str
) -> None:
    """A VGG makes one pixel of eight by eight: of one image a channel then has one number."""
    alone = attrs.evolve(recipe, batch=batch, micro_batch=micro_batch)
    stage = attrs.evolve(teacher, model=VGG(11, 4), recipe=alone)
    with pytest.raises(BancError, match="one of the 40 images goes through the network alone") as caught:
        workspace.run(stage)
    assert caught.value.hint is not None
    assert f"another `{key}` than {micro_batch or batch}" in caught.value.hint
    assert not workspace.path(stage, "").exists()
    assert "of 2" not in workspace.said.getvalue(), "nothing was trained"


@pytest.mark.parametrize("objective", ["labels", "ban-l", "cwtm", "dkpp"])
def test_micro_batches_add_up_to_the_step(
    workspace: Any, teacher: Train, taught: Address, recipe: Recipe, objective: str
) -> None:
    """A network without batch normalisation or dropout takes the same steps, in whatever parts."""
    source = workspace.root / "plain.py"
    source.write_text(
        "from torch import nn\n"
        "def make(classes, **_):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, classes))\n"
    )
    model = FactoryNetwork("plain.py", "make", file_digest(source))
    plain = attrs.evolve(teacher, model=model, objective=OBJECTIVES[objective], seed=1)
    if objective != "labels":
        plain = attrs.evolve(plain, teacher_outputs=(taught,))
    parts = attrs.evolve(plain, recipe=attrs.evolve(recipe, micro_batch=5))
    workspace.run(plain)
    workspace.run(parts)
    ours, theirs = workspace.weights(parts), workspace.weights(plain)
    for name in theirs:
        assert np.allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-6)
    assert workspace.outputs(parts)[files.MODEL] != workspace.outputs(plain)[files.MODEL]
    losses = [[line["loss"] for line in workspace.history(stage)] for stage in (parts, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    errors = [[line["error"] for line in workspace.history(stage)] for stage in (parts, plain)]
    assert errors[0] == errors[1]


def test_a_micro_batch_that_holds_the_step_changes_no_byte(
    workspace: Any, teacher: Train, recipe: Recipe
) -> None:
    whole = attrs.evolve(teacher, recipe=attrs.evolve(recipe, micro_batch=16))
    workspace.run(whole)
    workspace.run(teacher)
    assert workspace.outputs(whole) == workspace.outputs(teacher)


def test_validation_images_are_asked_about_and_not_trained_on(workspace: Any, teacher: Train) -> None:
    """The curve is theirs: the test set is for the last network, and for who asks for it."""
    split = workspace.run(Data(Digits(train=60, validation=20)))
    stage = attrs.evolve(teacher, data=split, validation=True)
    workspace.run(stage)
    written = workspace.outputs(stage)
    assert set(written) == set(files.writes(stage))
    logits = np.load(workspace.path(stage, files.VALIDATION_OUTPUTS))
    labels = np.load(workspace.path(split, files.VALIDATION_ARRAYS[1]))
    assert logits.shape == (20, 10)
    header, *lines = written[files.HISTORY].decode().splitlines()
    assert header == "epoch,learning_rate,loss,error,validation_error"
    assert float(lines[-1].split(",")[-1]) == pytest.approx(
        100 * (logits.argmax(1) != labels).mean(), abs=1e-3
    )
    # Nobody learns from them: with other labels, the same network.
    np.save(workspace.path(split, files.VALIDATION_ARRAYS[1]), (labels + 1) % 10)
    shutil.rmtree(workspace.path(stage, ""))
    workspace.run(stage)
    for name in (files.MODEL, files.OUTPUTS, files.VALIDATION_OUTPUTS):
        assert workspace.outputs(stage)[name] == written[name]


def test_each_label_of_a_mixture_counts_by_its_share(workspace: Any, teacher: Train, recipe: Recipe) -> None:
    """Loss and training error of a network that learns nothing, against sums in float64."""
    augment = attrs.evolve(recipe.augment, mixup=1.0)
    still = attrs.evolve(recipe, epochs=1, learning_rate=1e-30, weight_decay=0, augment=augment)
    stage = attrs.evolve(teacher, recipe=still)
    workspace.run(stage)
    torch.manual_seed(stream(0, "init"))
    network = build(stage.model, Digits.shape).train()
    losses = errors = 0.0
    for step in TrainingSet(workspace.root, stage, torch.device("cpu"), Group()).epoch(0):
        with torch.no_grad():
            log_probs = torch.log_softmax(network(step.images).double(), 1)
        assert step.mixed is not None
        share = step.mixed.ratios.double()
        for labels, weight in ((step.labels, share), (step.mixed.labels, 1 - share)):
            losses -= float((weight * log_probs.gather(1, labels[:, None])[:, 0]).sum())
            errors += float((weight * (log_probs.argmax(1) != labels)).sum())
    (line,) = workspace.history(stage)
    assert line["loss"] == pytest.approx(losses / 40, abs=2e-5)
    assert line["error"] == pytest.approx(100 * errors / 40, abs=1e-3)
    assert line["error"] % 2.5, "shares of images count"
