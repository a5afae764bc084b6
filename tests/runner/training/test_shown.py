"""What a training shows: held pixel by pixel against images that are made by hand."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
import torch

from banc.config.objective import OBJECTIVES
from banc.config.recipe import Augmentation
from banc.runner.training import shown
from banc.runner.training.batches import Step, TrainingSet
from banc.runner.training.group import Group
from banc.runner.training.image_set import ImageSet, load_images
from banc.runner.training.mixup import LEVELS, levels_of, partners_of
from banc.runner.training.randomness import centre_of, order, view_of
from banc.runner.training.shown import ShownImages
from banc.stage import files
from banc.stage.kinds import Train

CPU = torch.device("cpu")
EVERYTHING = Augmentation(pad=1, flip=True, fill="zeros", cutout=3, mixup=0.6)
N = 40


@pytest.fixture
def images(workspace: Any, teacher: Train) -> ImageSet:
    return load_images(workspace.root, teacher.data, files.DATA_ARRAYS[0], CPU, torch.channels_last)


def by_hand(images: ImageSet, seed: int, epoch: int, row: int) -> Any:
    """Image ``row`` in its view, with its square: whole numbers (8, 8)."""
    mirrored, offset = divmod(int(view_of(seed, epoch, N, 18)[row]), 9)
    dy, dx = divmod(offset, 3)
    view = np.pad(images.images[row, 0].numpy(), 1)[dy : dy + 8, dx : dx + 8].astype(int)
    view = (view[:, ::-1] if mirrored else view).copy()
    y, x = divmod(int(centre_of(seed, epoch, N, 64)[row]), 8)
    view[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = int(images.mean_colour[0])
    return view


def test_a_mixed_image_is_made_of_two_as_the_epoch_shows_them(images: ImageSet) -> None:
    seen = ShownImages(images, EVERYTHING, seed=3)
    partners, levels = partners_of(3, 5, N), levels_of(3, 5, N, 0.6)
    rows = order(3, 5, N)
    for place, row in enumerate(rows.tolist()):
        one, other = (by_hand(images, 3, 5, each) for each in (row, int(partners[row])))
        share = int(levels[row])
        mixed = np.floor((share * one + (LEVELS - share) * other) / LEVELS + 0.5)
        assert np.array_equal(seen(5, rows)[place, 0].numpy(), mixed)
    assert torch.equal(seen.ratios(5) * LEVELS, levels.float())  # type: ignore[operator]


def test_how_many_are_mixed_at_once_changes_nothing(
    images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, rows = ShownImages(images, EVERYTHING, seed=3), torch.arange(N)
    whole = seen(0, rows)
    monkeypatch.setattr(shown, "MIXED", 7)
    assert torch.equal(seen(0, rows), whole)
    assert torch.equal(seen(0, rows[9:13]), whole[9:13])
    # Asked about others in between, it says the same.
    assert not torch.equal(seen(1, rows), whole)
    seen(2, rows)
    assert torch.equal(seen(0, rows), whole)


def test_an_image_alone_is_mixed_with_itself(images: ImageSet) -> None:
    alone = attrs.evolve(images, images=images.images[:1])
    plain = attrs.evolve(EVERYTHING, mixup=0.0)
    mixed, whole = (ShownImages(alone, each, seed=0)(4, torch.tensor([0])) for each in (EVERYTHING, plain))
    assert torch.equal(mixed, whole)


@pytest.fixture
def mixing(teacher: Train) -> Train:
    return attrs.evolve(teacher, recipe=attrs.evolve(teacher.recipe, augment=EVERYTHING), seed=3)


def steps(workspace: Any, stage: Train, group: Group | None = None, epoch: int = 2) -> list[Step]:
    return list(TrainingSet(workspace.root, stage, CPU, group or Group()).epoch(epoch))


def by_image(stage: Train, batches: list[Step], field: str, epoch: int = 2) -> torch.Tensor:
    found = torch.cat([getattr(batch, field) for batch in batches])
    return found[order(stage.seed, epoch, N).argsort()]


def test_labels_and_shares_are_those_of_the_two_images(workspace: Any, mixing: Train) -> None:
    labels = torch.from_numpy(np.load(workspace.path(mixing.data, files.DATA_ARRAYS[1])))
    batches = steps(workspace, mixing)
    assert torch.equal(by_image(mixing, batches, "labels"), labels)
    assert torch.equal(by_image(mixing, batches, "partner_labels"), labels[partners_of(3, 2, N)])
    assert torch.equal(by_image(mixing, batches, "ratios"), levels_of(3, 2, N, 0.6) / LEVELS)


def test_neither_batch_nor_micro_batch_nor_processes_change_what_is_shown(
    workspace: Any, mixing: Train
) -> None:
    whole = steps(workspace, mixing)
    seven = attrs.evolve(mixing, recipe=attrs.evolve(mixing.recipe, batch=7, micro_batch=3))
    shared = [steps(workspace, mixing, Group(rank, 3)) for rank in range(3)]
    for field in ("images", "labels", "partner_labels", "ratios"):
        expected = by_image(mixing, whole, field)
        assert torch.equal(by_image(seven, steps(workspace, seven), field), expected)
        together = [
            torch.cat([getattr(part, field) for part in parts]) for parts in zip(*shared, strict=True)
        ]
        assert torch.equal(torch.cat(together), torch.cat([getattr(step, field) for step in whole]))


def test_parts_of_a_step_have_their_own_labels_and_shares(workspace: Any, mixing: Train) -> None:
    parted = attrs.evolve(mixing, recipe=attrs.evolve(mixing.recipe, micro_batch=5))
    for step in steps(workspace, parted):
        parts = [part.mixed for part, _ in step.micro_batches(parted.objective, Group())]
        assert step.mixed is not None
        for place, whole in enumerate(step.mixed):
            assert torch.equal(torch.cat([part[place] for part in parts if part is not None]), whole)


def test_without_mixup_there_are_no_second_labels(workspace: Any, teacher: Train) -> None:
    assert all(step.mixed is None for step in steps(workspace, teacher))


def test_a_live_teacher_is_asked_about_the_very_mixture(
    workspace: Any, mixing: Train, teacher: Train
) -> None:
    student = attrs.evolve(mixing, objective=OBJECTIVES["ban"], teachers=(workspace.run(teacher),))
    data = TrainingSet(workspace.root, student, CPU, Group())
    (network,) = data.live_teachers
    for step in data.epoch(1):
        assert step.teachers is not None
        with torch.inference_mode():
            expected = torch.log_softmax(network(step.images), 1).half()
        assert torch.equal(step.teachers, expected)
