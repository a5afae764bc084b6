from __future__ import annotations

import json
import os
import signal
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from safetensors.torch import load

from banc.config.data import Digits
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.models.build import build
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.training import infer, predict
from banc.runner.training.image_set import load_images
from banc.runner.training.shown import ShownImages
from banc.stage import files
from banc.stage.kinds import Address, Predict, Train


def view_by_hand(image: Any, view: int, recipe: Recipe) -> Any:
    """View ``view`` of an image (H, W), by numpy's own padding and slices."""
    pad = recipe.augment.pad
    side = 2 * pad + 1
    mirrored, place = divmod(view, side * side)
    dy, dx = divmod(place, side)
    height, width = image.shape
    crop = np.pad(image, pad, mode="reflect")[dy : dy + height, dx : dx + width]
    return crop[:, ::-1] if mirrored else crop


def test_every_view_of_every_image_is_what_the_network_says_of_it(
    workspace: Any, teacher: Train, taught: Address, recipe: Recipe
) -> None:
    network = build(teacher.model, Digits.shape)
    network.load_state_dict(load(workspace.path(teacher, files.MODEL).read_bytes()))
    facts = json.loads(workspace.path(teacher.data, files.DATA).read_text())
    images = np.load(workspace.path(teacher.data, files.DATA_ARRAYS[0]))
    store = np.load(workspace.path(taught, files.OUTPUTS))
    assert store.dtype == np.float16
    assert store.shape == (40, 18, 10)
    for view in range(18):
        seen = np.stack([view_by_hand(image[0], view, recipe) for image in images])[:, None]
        batch = torch.tensor((seen / 255 - facts["mean"][0]) / facts["std"][0]).float()
        with torch.no_grad():
            expected = torch.log_softmax(network.eval()(batch), 1).numpy()
        assert np.allclose(store[:, view], expected, rtol=1e-3, atol=1e-3)


def test_a_network_is_asked_in_the_precision_that_it_was_trained_in(
    workspace: Any, teacher: Train, recipe: Recipe
) -> None:
    rounded = attrs.evolve(teacher, recipe=attrs.evolve(recipe, precision="bfloat16"))
    store = workspace.run(Predict(recipe.augment, teacher.data, workspace.run(rounded)))
    network = build(teacher.model, Digits.shape).eval()
    network.load_state_dict(load(workspace.path(rounded, files.MODEL).read_bytes()))
    data = load_images(
        workspace.root, teacher.data, files.DATA_ARRAYS[0], torch.device("cpu"), torch.channels_last
    )
    network.to(memory_format=torch.channels_last)
    answers = {}
    for enabled in (True, False):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            logits = network(data.normalised(data.images)).float()
        answers[enabled] = torch.log_softmax(logits, 1).numpy()
    # The view in the middle of the padding is the image itself.
    stored = np.load(workspace.path(store, files.OUTPUTS))[:, 4]
    same = {enabled: np.mean(stored == answer.astype(np.float16)) for enabled, answer in answers.items()}
    assert same[True] > 0.99
    assert same[False] < 0.9


def test_the_views_differ(workspace: Any, taught: Address) -> None:
    store = np.load(workspace.path(taught, files.OUTPUTS))
    assert len(np.unique(store.reshape(40, 18, 10)[0], axis=0)) == 18


def test_the_teacher_is_only_looked_at(workspace: Any, teacher: Train, taught: Address) -> None:
    before = workspace.outputs(teacher)
    first = workspace.outputs(taught)
    workspace.path(taught, files.OUTPUTS).unlink()
    again = workspace.run(files.load_stage(workspace.root, taught))
    assert workspace.outputs(teacher) == before
    assert workspace.outputs(again) == first


def test_a_store_says_what_it_was_made_with_as_its_network_does(
    workspace: Any, teacher: Train, taught: Address
) -> None:
    assert set(workspace.outputs(taught)) == {files.OUTPUTS, files.STORE_FACTS}
    facts, network = (
        json.loads(workspace.path(stage, name).read_text())
        for stage, name in ((taught, files.STORE_FACTS), (teacher, files.FACTS))
    )
    assert facts == {"made_with": network["made_with"]}


def test_on_other_threads_it_says_so_and_is_all_of_them(
    workspace: Any, taught: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was begun on one thread and stopped is begun anew: no store has two environments."""
    stage = files.load_stage(workspace.root, taught)
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    monkeypatch.setattr(predict, "BATCH", 48)
    save = Checkpoints.save

    def interrupted(self: Checkpoints, step: int, content: Any) -> None:
        save(self, step, content)
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as once:
        once.setattr(Checkpoints, "save", interrupted)
        with pytest.raises(BancError, match="stopped by SIGTERM"):
            workspace.run(stage)
    assert list((workspace.root / ".banc/checkpoints" / taught).iterdir())
    monkeypatch.setenv("BANC_THREADS", "2")
    workspace.run(stage)
    facts = json.loads(workspace.path(taught, files.STORE_FACTS).read_text())
    assert facts.keys() == {"made_with"}
    assert facts["made_with"]["device"] == "cpu, 2 threads"


def test_a_teacher_in_training_mode_would_say_something_else(
    workspace: Any, teacher: Train, taught: Address
) -> None:
    """Batch statistics make an output depend on its neighbours; running statistics do not."""
    whole = np.load(workspace.path(taught, files.OUTPUTS))
    path = workspace.path(teacher.data, files.DATA_ARRAYS[0])
    np.save(path, np.load(path)[:3])
    workspace.run(files.load_stage(workspace.root, taught))
    few = np.load(workspace.path(taught, files.OUTPUTS))
    assert np.allclose(whole[:3], few, rtol=2e-3, atol=2e-3)


def test_how_many_images_go_through_at_once_changes_nothing_but_the_last_digit(
    workspace: Any, taught: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = np.load(workspace.path(taught, files.OUTPUTS))
    monkeypatch.setattr(infer, "BATCH", 7)
    monkeypatch.setattr(predict, "BATCH", 7)
    workspace.run(files.load_stage(workspace.root, taught))
    assert np.allclose(whole, np.load(workspace.path(taught, files.OUTPUTS)), rtol=2e-3, atol=2e-3)


@pytest.fixture
def by_epoch(teacher: Train, workspace: Any) -> Predict:
    """Three epochs of a student of seed 5."""
    augment = attrs.evolve(teacher.recipe.augment, cutout=3, mixup=0.5)
    return Predict(augment, teacher.data, workspace.run(teacher), seed=5, epochs=3)


def test_an_epoch_is_what_the_network_says_of_the_images_that_it_shows(
    workspace: Any, teacher: Train, by_epoch: Predict
) -> None:
    network = build(teacher.model, Digits.shape)
    network.load_state_dict(load(workspace.path(teacher, files.MODEL).read_bytes()))
    workspace.run(by_epoch)
    store = np.load(workspace.path(by_epoch, files.OUTPUTS))
    assert (store.dtype, store.shape) == (np.float16, (3, 40, 10))
    cpu = torch.device("cpu")
    data = load_images(workspace.root, teacher.data, files.DATA_ARRAYS[0], cpu, torch.channels_last)
    shown = ShownImages(data, by_epoch.views, 5)
    for epoch in range(3):
        with torch.no_grad():
            images = data.normalised(shown(epoch, torch.arange(40)))
            expected = torch.log_softmax(network.eval()(images), 1).numpy()
        assert np.allclose(store[epoch], expected, rtol=1e-3, atol=1e-3)
    assert len(np.unique(store[:, 0], axis=0)) == 3


def test_a_store_by_epoch_that_was_stopped_ends_in_the_same_bytes(
    workspace: Any, by_epoch: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped again and again, within epochs: 48 images at once are more than one of them."""
    monkeypatch.setattr(predict, "BATCH", 48)
    workspace.run(by_epoch)
    whole = workspace.outputs(by_epoch)
    workspace.path(by_epoch, files.OUTPUTS).unlink()
    monkeypatch.setenv("BANC_CHECKPOINT_SECONDS", "0")
    save, saved = Checkpoints.save, list[int]()

    def interrupted(self: Checkpoints, step: int, content: Any) -> None:
        save(self, step, content)
        saved.append(step)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Checkpoints, "save", interrupted)
    for _ in range(3):
        with pytest.raises(BancError, match="stopped by SIGTERM"):
            workspace.run(by_epoch)
    monkeypatch.setattr(Checkpoints, "save", save)
    workspace.run(by_epoch)
    assert saved == [48, 96, 120]
    assert workspace.outputs(by_epoch) == whole
