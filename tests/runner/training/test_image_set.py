from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from banc.errors import BancError
from banc.runner.files.npy import write_array
from banc.runner.training.image_set import ImageSet, load_images, load_labels
from banc.stage import files
from banc.stage.kinds import Address

DATA = Address("data-x-000000000000")
GOOD: dict[str, Any] = {"classes": ["a", "b"], "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four images of three channels and two classes."""
    folder = tmp_path / files.folder(DATA)
    folder.mkdir(parents=True)
    write_array(folder / files.DATA_ARRAYS[0], np.zeros((4, 3, 2, 2), np.uint8))
    write_array(folder / files.DATA_ARRAYS[1], np.array([0, 1, 1, 0]))
    (folder / files.DATA).write_text(json.dumps(GOOD))
    return folder


def images(folder: Path) -> ImageSet:
    root = folder.parent.parent
    return load_images(root, DATA, files.DATA_ARRAYS[0], torch.device("cpu"), torch.contiguous_format)


def labels(folder: Path) -> torch.Tensor:
    return load_labels(folder.parent.parent, DATA, files.DATA_ARRAYS[1], images(folder))


def test_what_a_data_stage_wrote_is_read(folder: Path) -> None:
    found = images(folder)
    assert (found.shape.classes, found.shape.channels) == (2, 3)
    assert labels(folder).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it does not say `classes`, `mean` and `std`"),
        ('{"classes": 10}', "it does not say `classes`, `mean` and `std`"),
        ({"classes": []}, "`classes` are no names"),
        ({"classes": [1, 2]}, "`classes` are no names"),
        ({"classes": "ab"}, "`classes` are no names"),
        ({"mean": [0.5] * 4}, "`mean` is not a number for each of the 3 channels"),
        ({"mean": 0.5}, "`mean` is not a number for each of the 3 channels"),
        ({"mean": [0.5, 0.5, float("nan")]}, "`mean` has something else than numbers from 0 to 1"),
        ({"mean": [0.5, 0.5, True]}, "`mean` has something else than numbers from 0 to 1"),
        ({"std": [0.5, 0.5, "1"]}, "`std` has something else than numbers from 0 to 1"),
        ({"std": [0.5, 0.5, float("inf")]}, "`std` has something else than numbers from 0 to 1"),
        ({"std": [0.5, 0, 0.5]}, "`std` has a 0, by which channels are divided"),
    ],
    ids=str,
)
def test_damaged_facts_are_one_message(folder: Path, text: Any, why: str) -> None:
    path = folder / files.DATA
    path.write_text(text if isinstance(text, str) else json.dumps({**GOOD, **text}))
    with pytest.raises(BancError) as caught:
        images(folder)
    assert caught.value.message == f"`{path}` is damaged: {why}"


@pytest.mark.parametrize(
    ("array", "why"),
    [
        ([0, 1, 2, 0], "it has the label 2, and labels go from 0 to 1"),
        ([0, -1, 1, 0], "it has the label -1, and labels go from 0 to 1"),
        ([0, 1, 1], "3 labels for 4 images"),
        ([], "0 labels for 4 images"),
    ],
)
def test_labels_of_other_images_are_refused(folder: Path, array: list[int], why: str) -> None:
    path = folder / files.DATA_ARRAYS[1]
    write_array(path, np.array(array, np.int64))
    with pytest.raises(BancError) as caught:
        labels(folder)
    assert caught.value.message == f"`{path}` is damaged: {why}"


def test_no_images_are_refused(folder: Path) -> None:
    write_array(folder / files.DATA_ARRAYS[0], np.zeros((0, 3, 2, 2), np.uint8))
    with pytest.raises(BancError, match="there is no image in it"):
        images(folder)
