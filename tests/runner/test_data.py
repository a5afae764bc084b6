from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from banc.config.data import Digits
from banc.errors import BancError
from banc.runner.sources import digits
from banc.stage import files
from banc.stage.kinds import Address, Data


def load(workspace: Any, where: Address) -> list[Any]:
    return [np.load(workspace.path(where, name)) for name in files.ARRAYS]


def test_the_arrays_are_what_a_data_stage_promises(workspace: Any) -> None:
    source = Digits(train=40)
    found = workspace.run(Data(source))
    train_images, train_labels, test_images, test_labels = load(workspace, found)
    shape = source.shape
    sizes = source.sizes
    for images, labels, number in zip(
        (train_images, test_images), (train_labels, test_labels), sizes, strict=True
    ):
        assert images.shape == (number, shape.channels, shape.height, shape.width)
        assert images.dtype == np.uint8
        assert labels.shape == (number,)
        assert labels.dtype == np.int64
    assert Counter(train_labels.tolist()) == dict.fromkeys(range(10), 4)
    facts = json.loads(workspace.path(found, files.DATA).read_text())
    assert len(facts["classes"]) == shape.classes
    scaled = train_images / 255
    assert facts["mean"] == pytest.approx([scaled.mean()], abs=1e-6)
    assert facts["std"] == pytest.approx([scaled.std()], abs=1e-6)


def test_twice_gives_the_same_bytes(workspace: Any) -> None:
    stage = Data(Digits(train=20))
    workspace.run(stage)
    first = workspace.outputs(stage)
    workspace.run(stage)
    assert workspace.outputs(stage) == first


def test_every_image_of_the_set_is_in_one_part(workspace: Any) -> None:
    parts = load(workspace, workspace.run(Data(Digits(train=100))))
    images = np.concatenate([parts[0], parts[2]])
    whole = load(workspace, workspace.run(Data(Digits(train=10))))
    everything = np.concatenate([whole[0], whole[2]])
    assert len(images) == Digits.TOTAL
    assert sorted(map(bytes, images)) == sorted(map(bytes, everything))


def test_other_digits_than_those_that_are_known_are_refused(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digits, "SHA256", "0" * 64)
    with pytest.raises(BancError, match="does not hold the 1,797 digits") as caught:
        workspace.run(Data(Digits(train=20)))
    assert caught.value.hint is not None
    assert not workspace.left()


def test_digits_are_those_that_scikit_learn_hands_out() -> None:
    from sklearn.datasets import load_digits

    theirs = load_digits()
    ours = digits.digits(Digits(train=20))
    images = np.concatenate([ours.train_images, ours.test_images])
    labels = np.concatenate([ours.train_labels, ours.test_labels])
    mine = sorted(
        (bytes(np.rint(image / 255 * 16).astype(np.uint8)), label)
        for image, label in zip(images, labels, strict=True)
    )
    sklearns = sorted(
        (bytes(image.astype(np.uint8)), label)
        for image, label in zip(theirs.images, theirs.target, strict=True)
    )
    assert mine == sklearns
