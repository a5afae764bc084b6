from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import torch

from banc.config.objective import OBJECTIVES, PermutedTeacher
from banc.errors import BancError
from banc.runner.training.batches import TrainingSet
from banc.runner.training.group import Group
from banc.runner.training.randomness import order, view_of
from banc.stage import files
from banc.stage.kinds import Address, Predict, Train

CPU = torch.device("cpu")


def store(workspace: Any, stage: Train, views: int = 18) -> Address:
    """A teacher who says of view v of image i something that only this view has."""
    made_by = Predict(stage.recipe.augment, stage.data, Address("train-a-000000000000"))
    address: Address = workspace.link(made_by)
    path = workspace.path(address, files.OUTPUTS)
    path.parent.mkdir(parents=True)
    logits = torch.tensor(np.random.default_rng(0).normal(size=(40, views, 10)) * 3)
    np.save(path, torch.log_softmax(logits, 2).numpy().astype(np.float16))
    return address


def test_an_epoch_shows_every_image_once_in_its_order_and_view(workspace: Any, teacher: Train) -> None:
    taught = store(workspace, teacher)
    stage = attrs.evolve(teacher, objective=OBJECTIVES["ban-l"], seed=3, teacher_outputs=(taught,))
    data = TrainingSet(workspace.root, stage, CPU, Group())
    batches = list(data.epoch(5))
    assert [len(batch.labels) for batch in batches] == [16, 16, 8]
    rows = order(3, 5, 40)
    view = view_of(3, 5, 40, 18)[rows]
    pixels, labels = (np.load(workspace.path(teacher.data, name)) for name in files.DATA_ARRAYS[:2])
    facts = json.loads(workspace.path(teacher.data, files.DATA).read_text())
    outputs = np.load(workspace.path(taught, files.OUTPUTS))
    seen = torch.cat([batch.images for batch in batches]).numpy()
    for place, (row, which) in enumerate(zip(rows.tolist(), view.tolist(), strict=True)):
        mirrored, offset = divmod(which, 9)
        dy, dx = divmod(offset, 3)
        expected = np.pad(pixels[row, 0], 1, mode="reflect")[dy : dy + 8, dx : dx + 8]
        expected = (expected[:, ::-1] if mirrored else expected) / 255
        assert np.allclose(seen[place, 0], (expected - facts["mean"][0]) / facts["std"][0], atol=1e-5)
    assert torch.cat([batch.labels for batch in batches]).tolist() == labels[rows].tolist()
    soft = torch.cat([batch.teachers for batch in batches if batch.teachers is not None])
    assert np.array_equal(soft.numpy(), outputs[rows, view])


def test_images_lie_channels_last(workspace: Any, teacher: Train) -> None:
    batch = next(TrainingSet(workspace.root, teacher, CPU, Group()).epoch(0))
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert batch.images.dtype == torch.float32
    assert batch.teachers is None


def test_epochs_and_seeds_differ_and_are_the_same_again(workspace: Any, teacher: Train) -> None:
    def first(seed: int, epoch: int) -> Any:
        data = TrainingSet(workspace.root, attrs.evolve(teacher, seed=seed), CPU, Group())
        return next(data.epoch(epoch)).images.numpy().tobytes()

    assert len({first(0, 0), first(0, 1), first(1, 0), first(0, 0)}) == 3


@pytest.mark.parametrize("redraw", ["epoch", "never"])
def test_dkpp_permutes_all_but_the_largest_of_a_sample(workspace: Any, teacher: Train, redraw: Any) -> None:
    taught = store(workspace, teacher, views=1)
    path = workspace.path(taught, files.OUTPUTS)
    np.save(path, np.repeat(np.load(path), 18, axis=1))
    plain = attrs.evolve(teacher, objective=OBJECTIVES["ban"], teacher_outputs=(taught,))
    permuted = attrs.evolve(plain, objective=PermutedTeacher(redraw=redraw))

    def outputs(stage: Train, epoch: int) -> Any:
        """By image, not by place."""
        rows = order(stage.seed, epoch, 40)
        batches = TrainingSet(workspace.root, stage, CPU, Group()).epoch(epoch)
        soft = torch.cat([batch.teachers for batch in batches if batch.teachers is not None])
        return soft[rows.argsort()].numpy()

    before, after = outputs(plain, 0), outputs(permuted, 0)
    assert np.array_equal(np.sort(before, 1), np.sort(after, 1))
    assert np.array_equal(before.argmax(1), after.argmax(1))
    assert (before != after).any(1).mean() > 0.9
    again = outputs(attrs.evolve(permuted, recipe=attrs.evolve(permuted.recipe, batch=7)), 0)
    assert np.array_equal(after, again)
    assert np.array_equal(after, outputs(permuted, 1)) is (redraw == "never")


@pytest.mark.parametrize("name", files.DATA_ARRAYS[:2])
def test_arrays_of_another_kind_are_refused(workspace: Any, teacher: Train, name: str) -> None:
    path: Path = workspace.path(teacher.data, name)
    np.save(path, np.load(path).astype(np.float32))
    with pytest.raises(BancError, match=rf"{name}` is damaged"):
        TrainingSet(workspace.root, teacher, CPU, Group())


def test_damaged_facts_are_refused(workspace: Any, teacher: Train) -> None:
    workspace.path(teacher.data, files.DATA).write_text('{"classes": 10}')
    with pytest.raises(BancError, match=r"data.json` is damaged"):
        TrainingSet(workspace.root, teacher, CPU, Group())


@pytest.mark.parametrize("kind", ["stored", "live"])
def test_the_rest_of_an_epoch_is_what_it_would_have_been(
    workspace: Any, teacher: Train, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = attrs.evolve(teacher, objective=OBJECTIVES["dkpp"], seed=3)
    if kind == "stored":
        stage = attrs.evolve(stage, teacher_outputs=(store(workspace, teacher),))
    else:
        stage = attrs.evolve(stage, teachers=(workspace.run(teacher),))
    data = TrainingSet(workspace.root, stage, CPU, Group())
    # As in a large data set, where a live teacher is asked several times an epoch.
    data._ahead = 2 if kind == "live" else 3
    asked: list[tuple[int, ...]] = []
    answer = data._teachers.log_probabilities

    def asking(epoch: int, rows: Any, *rest: Any) -> Any:
        asked.append(tuple(rows.tolist()))
        return answer(epoch, rows, *rest)

    monkeypatch.setattr(data._teachers, "log_probabilities", asking)
    whole = list(data.epoch(2))
    assert len(whole) == data.steps == 3
    together = set(asked)
    for done in range(4):
        rest = list(data.epoch(2, done))
        assert set(asked) == together, "beside other images last digits may differ"
        assert len(rest) == 3 - done
        for ours, theirs in zip(rest, whole[done:], strict=True):
            assert torch.equal(ours.images, theirs.images)
            assert torch.equal(ours.labels, theirs.labels)
            assert ours.teachers is not None
            assert theirs.teachers is not None
            assert torch.equal(ours.teachers, theirs.teachers)


def test_cutout_hides_a_square_that_the_sample_and_the_epoch_decide(workspace: Any, teacher: Train) -> None:
    cut = attrs.evolve(
        teacher, recipe=attrs.evolve(teacher.recipe, augment=attrs.evolve(teacher.recipe.augment, cutout=3))
    )

    def hidden(stage: Train, epoch: int) -> torch.Tensor:
        """By image: which pixels differ from those of the same view without cutout."""
        seen, whole = (
            torch.cat([step.images for step in TrainingSet(workspace.root, each, CPU, Group()).epoch(epoch)])
            for each in (stage, attrs.evolve(stage, recipe=attrs.evolve(stage.recipe, augment=whole_views)))
        )
        found: torch.Tensor = (seen != whole)[order(stage.seed, epoch, 40).argsort()]
        return found

    whole_views = teacher.recipe.augment
    before = hidden(cut, 0)
    assert before.any((1, 2, 3)).float().mean() > 0.9
    rows, columns = before.any(3).sum(2), before.any(2).sum(2)
    assert int(rows.max()) == int(columns.max()) == 3
    # Neither the order nor the batch decides; epoch and seed do.
    assert torch.equal(before, hidden(attrs.evolve(cut, recipe=attrs.evolve(cut.recipe, batch=7)), 0))
    assert not torch.equal(before, hidden(cut, 1))
    assert not torch.equal(before, hidden(attrs.evolve(cut, seed=1), 0))
