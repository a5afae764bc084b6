from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from banc.runner.datasets import cifar as module

Files = dict[str, bytes]


@pytest.mark.parametrize(
    ("classes", "records", "pickles", "train"),
    [
        (10, "cifar-10-batches-bin", "cifar-10-batches-py", [f"data_batch_{k}" for k in range(1, 6)]),
        (100, "cifar-100-binary", "cifar-100-python", ["train"]),
    ],
)
def test_both_forms_hold_the_same_images(
    cifar: Callable[..., Files], classes: int, records: str, pickles: str, train: list[str]
) -> None:
    files = cifar(classes)
    from_records = getattr(module, f"cifar{classes}_records")(
        [files[f"{records}/{name}.bin"] for name in train]
    )
    from_pickles = getattr(module, f"cifar{classes}_pickles")([files[f"{pickles}/{name}"] for name in train])
    for images, labels in (from_records, from_pickles):
        assert images.shape == (12 * len(train), 3, 32, 32)
        assert images.dtype == np.uint8
        assert labels.dtype == np.dtype("<i8")
    assert np.array_equal(from_records[0], from_pickles[0])
    assert np.array_equal(from_records[1], from_pickles[1])


def test_a_record_is_labels_then_red_green_blue_row_by_row() -> None:
    pixels = np.zeros((3, 32, 32), np.uint8)
    pixels[1, 2, 3] = 200
    images, labels = module.cifar100_records([bytes([7, 42]) + pixels.tobytes()])
    assert labels.tolist() == [42], "the fine label, not the coarse one"
    assert images[0, 1, 2, 3] == 200
    assert images.sum() == 200
    images, labels = module.cifar10_records([bytes([7]) + pixels.tobytes()])
    assert labels.tolist() == [7]
    assert images[0, 1, 2, 3] == 200
