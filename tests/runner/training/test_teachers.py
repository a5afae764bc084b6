"""Stored or live: one teacher, the same words."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
import torch
from safetensors.numpy import load

from banc.config.data import Digits
from banc.config.model import WideResNet
from banc.config.objective import OBJECTIVES, Objective, PermutedTeacher, needs_teacher
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.models.build import build
from banc.runner.files.network_file import describe, save_network
from banc.runner.training.augment import pad, render_views
from banc.runner.training.batches import TrainingSet
from banc.runner.training.frozen_network import FrozenNetwork
from banc.runner.training.group import Group
from banc.runner.training.image_set import load_images
from banc.runner.training.randomness import order
from banc.runner.training.teachers import Reader, Teachers
from banc.stage import files
from banc.stage.kinds import Address, Data, Predict, Train

CPU = torch.device("cpu")
EVERY = [*filter(needs_teacher, OBJECTIVES.values()), PermutedTeacher(redraw="never")]


@pytest.fixture
def data(workspace: Any) -> Address:
    """Whole batches of 16, through which an image's float32 outputs are the same bytes in any company."""
    digits: Address = workspace.run(Data(Digits(train=48)))
    return digits


@pytest.fixture
def both(workspace: Any, teacher: Train, recipe: Recipe) -> Any:
    """A student of so many teachers, who look alike to it: with stored outputs, and with live networks."""

    def make(teachers: int, objective: Objective = OBJECTIVES["ban-l"]) -> tuple[Train, Train]:
        # Half a learning rate each, so that two teachers disagree.
        slower = attrs.evolve(recipe, learning_rate=0.05, epochs=1)
        trained = [workspace.run(attrs.evolve(teacher, seed=7 + n, recipe=slower)) for n in range(teachers)]
        stores = [workspace.run(Predict(recipe.augment, teacher.data, each)) for each in trained]
        student = attrs.evolve(teacher, model=WideResNet(10, 1, 0.2), objective=objective, seed=1)
        return (
            attrs.evolve(student, teacher_outputs=tuple(sorted(stores))),
            attrs.evolve(student, teachers=tuple(sorted(trained))),
        )

    return make


def said(workspace: Any, stage: Train, epoch: int) -> Any:
    batches = TrainingSet(workspace.root, stage, CPU, Group()).epoch(epoch)
    return torch.cat([batch.teachers for batch in batches if batch.teachers is not None]).float().numpy()


@pytest.mark.parametrize("teachers", [1, 3])
def test_what_is_looked_up_is_what_the_network_says(workspace: Any, both: Any, teachers: int) -> None:
    stored, live = both(teachers)
    for epoch in (0, 3):
        looked_up, asked = (said(workspace, stage, epoch) for stage in (stored, live))
        assert looked_up.shape == (48, 10)
        assert np.array_equal(looked_up, asked)
    assert not np.array_equal(said(workspace, live, 0), said(workspace, live, 3))


@pytest.mark.parametrize("objective", EVERY, ids=str)
@pytest.mark.parametrize("teachers", [1, 2])
def test_a_student_ends_at_the_same_weights_either_way(
    workspace: Any, both: Any, objective: Objective, teachers: int
) -> None:
    stored, live = both(teachers, objective)
    workspace.run(stored)
    workspace.run(live)
    assert workspace.path(stored, "") != workspace.path(live, "")
    assert workspace.outputs(live) == workspace.outputs(stored)


def test_beside_a_rest_a_half_may_fall_on_the_other_side_and_no_further(
    workspace: Any, teacher: Train, recipe: Recipe
) -> None:
    """One image at a time goes through other kernels than many: the worst that company can do."""
    trained = workspace.run(teacher)
    store = np.load(
        workspace.path(workspace.run(Predict(recipe.augment, teacher.data, trained)), files.OUTPUTS)
    )
    images = load_images(workspace.root, teacher.data, files.DATA_ARRAYS[0], CPU, torch.channels_last)
    path = workspace.path(trained, files.MODEL)
    padded = pad(images.images, 1)
    live = FrozenNetwork(workspace.root, path, describe(path), images)
    pairs = [(torch.tensor([row]), torch.tensor([view])) for row in range(48) for view in (0, 9)]
    alone = torch.cat([live(render_views(padded, row, view, recipe.augment, (8, 8))) for row, view in pairs])
    seen = store[:, [0, 9]].reshape(96, 10)
    assert np.allclose(seen, alone.numpy(), rtol=2**-10, atol=0)
    assert (seen != alone.numpy()).mean() < 0.02


def test_a_store_on_the_host_and_one_on_the_device_say_the_same() -> None:
    store = torch.randn(5, 7, 3).half()
    rows, view = torch.tensor([4, 0, 4, 2]), torch.tensor([6, 0, 1, 3])
    expected = torch.stack([store[4, 6], store[0, 0], store[4, 1], store[2, 3]])
    for room in (0, store.nbytes - 1, store.nbytes):
        assert torch.equal(Reader(store, CPU, room)(rows, view), expected)
    # What is too large stays where it is: no copy is made of it.
    store[4, 6] = 0
    assert torch.equal(Reader(store, CPU, 0)(rows, view)[0], torch.zeros(3).half())


def test_a_live_teacher_stays_as_it_is(workspace: Any, both: Any) -> None:
    """Its file, and in memory its weights and running statistics: nothing of it learns."""
    _, live = both(1)
    before = workspace.outputs(live.teachers[0])
    workspace.run(live)
    assert workspace.outputs(live.teachers[0]) == before
    data = TrainingSet(workspace.root, live, CPU, Group())
    (network,) = data.live_teachers
    for _ in data.epoch(0):
        assert not network.training
    stored = load(before[files.MODEL])
    kept = {name: tensor.numpy().tobytes() for name, tensor in network.state_dict().items()}
    assert kept == {name: array.tobytes() for name, array in stored.items()}
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_live_teacher_decides_what_a_student_becomes(workspace: Any, both: Any) -> None:
    _, live = both(1)
    other = attrs.evolve(live, teachers=both(2)[1].teachers)
    workspace.run(live)
    workspace.run(other)
    assert workspace.outputs(live)[files.MODEL] != workspace.outputs(other)[files.MODEL]


def test_first_weights_do_not_depend_on_who_teaches(workspace: Any, both: Any, recipe: Recipe) -> None:
    """A live teacher is built from torch's generator too, before the student's stream begins."""
    still = attrs.evolve(recipe, epochs=1, learning_rate=1e-30, weight_decay=0)
    stored, live = (attrs.evolve(stage, recipe=still) for stage in both(1))
    alone = attrs.evolve(stored, objective=OBJECTIVES["labels"], teacher_outputs=())
    stems = []
    for stage in (alone, live):
        workspace.run(stage)
        stems.append(load(workspace.outputs(stage)[files.MODEL])["stem.weight"])
    assert np.array_equal(*stems)


def test_a_store_of_another_shape_or_type_is_refused(workspace: Any, both: Any) -> None:
    stored, _ = both(1)
    path = workspace.path(stored.teacher_outputs[0], files.OUTPUTS)
    whole = np.load(path)
    for other in (whole[1:], whole[:, 1:], whole[..., 1:], whole.astype(np.float32)):
        np.save(path, other)
        with pytest.raises(BancError, match=r"outputs.npy` is damaged"):
            workspace.run(stored)


def test_a_live_network_for_other_images_is_refused(workspace: Any, both: Any) -> None:
    _, live = both(1)
    path = workspace.path(live.teachers[0], files.MODEL)
    description = describe(path)
    image = attrs.evolve(description.image, classes=9)
    torch.manual_seed(0)
    save_network(build(description.model, image), attrs.evolve(description, image=image), path)
    with pytest.raises(BancError, match=r"model.safetensors` is damaged"):
        workspace.run(live)


def test_none_at_all(workspace: Any, teacher: Train) -> None:
    images = load_images(workspace.root, teacher.data, files.DATA_ARRAYS[0], CPU, torch.channels_last)
    nobody = Teachers(workspace.root, teacher, images)
    assert nobody.log_probabilities(0, torch.tensor([0]), torch.tensor([0]), images.images[:1]) is None


def test_teachers_see_the_padding_and_the_square_that_their_student_sees(
    workspace: Any, both: Any, recipe: Recipe
) -> None:
    """With zeros, looked up and live alike; with cutout, a live teacher is asked about what is left."""
    stored, live = both(1)
    zeros = attrs.evolve(recipe, augment=attrs.evolve(recipe.augment, fill="zeros"))
    store = workspace.run(Predict(zeros.augment, stored.data, live.teachers[0]))
    stored = attrs.evolve(stored, recipe=zeros, teacher_outputs=(store,))
    assert np.array_equal(said(workspace, stored, 1), said(workspace, attrs.evolve(live, recipe=zeros), 1))
    assert not np.array_equal(said(workspace, stored, 1), said(workspace, live, 1))

    cut = attrs.evolve(live, recipe=attrs.evolve(zeros, augment=attrs.evolve(zeros.augment, cutout=4)))
    data = TrainingSet(workspace.root, cut, CPU, Group())
    (network,) = data.live_teachers
    for step in data.epoch(1):
        assert step.teachers is not None
        with torch.inference_mode():
            expected = torch.log_softmax(network(step.images), 1).half()
        assert torch.equal(step.teachers, expected)
    assert not np.array_equal(said(workspace, cut, 1), said(workspace, stored, 1))


DRAWN = {
    "mixup": {"mixup": 0.4},
    "cutout": {"cutout": 3},
    "both": {"mixup": 1.0, "cutout": 3, "fill": "zeros"},
}


@pytest.mark.parametrize(("teachers", "drawn"), [(1, "mixup"), (1, "cutout"), (2, "both")])
def test_a_store_by_epoch_is_what_a_live_teacher_says_and_makes_the_same_student(
    workspace: Any, both: Any, recipe: Recipe, teachers: int, drawn: str
) -> None:
    _, live = both(teachers)
    augment = attrs.evolve(recipe.augment, **DRAWN[drawn])
    live = attrs.evolve(live, recipe=attrs.evolve(recipe, augment=augment))
    stores = [
        workspace.run(Predict(augment, live.data, each, live.seed, recipe.epochs)) for each in live.teachers
    ]
    stored = attrs.evolve(live, teachers=(), teacher_outputs=tuple(stores))
    assert not np.array_equal(said(workspace, live, 0), said(workspace, live, 1))
    for epoch in range(recipe.epochs):
        assert np.array_equal(said(workspace, stored, epoch), said(workspace, live, epoch))
    # Another student of that seed, who is shown the same images in other steps.
    other = attrs.evolve(stored, recipe=attrs.evolve(stored.recipe, batch=24))
    rows = [order(stored.seed, 1, 48).argsort()] * 2
    assert np.array_equal(
        *(said(workspace, store, 1)[at] for store, at in zip((stored, other), rows, strict=True))
    )
    workspace.run(stored)
    workspace.run(live)
    assert workspace.outputs(live) == workspace.outputs(stored)


def test_a_store_of_other_epochs_is_refused(workspace: Any, both: Any, recipe: Recipe) -> None:
    _, live = both(1)
    augment = attrs.evolve(recipe.augment, mixup=0.4)
    store = workspace.run(Predict(augment, live.data, live.teachers[0], live.seed, epochs=3))
    mixing = attrs.evolve(recipe, augment=augment)
    stage = attrs.evolve(live, teachers=(), teacher_outputs=(store,), recipe=mixing)
    with pytest.raises(BancError, match=r"outputs.npy` is damaged"):
        workspace.run(stage)
