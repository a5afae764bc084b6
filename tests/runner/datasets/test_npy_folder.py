from __future__ import annotations

import io
import pickle
import re
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from banc.config.data import Arrays
from banc.errors import BancError
from banc.runner.datasets.npy_folder import arrays
from banc.runner.datasets.split import Split

SOURCE = Arrays("data/mine", height=5, width=6, channels=3, classes=4, train=8, test=4)


def images(number: int) -> Any:
    return np.random.default_rng(number).integers(0, 256, (number, 5, 6, 3), dtype=np.uint8)


GOOD = {
    "x_train": images(8),
    "y_train": (np.arange(8) % 4).astype(np.int32),
    "x_test": images(4),
    "y_test": np.arange(4).astype(np.uint8),
}


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """Writes arrays where the spec looks for them; gives the workspace."""

    def put(**changes: Any) -> Path:
        folder = tmp_path / "data/mine"
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in {**GOOD, **changes}.items():
            if isinstance(array, bytes):
                (folder / f"{name}.npy").write_bytes(array)
            elif array is not None:
                np.save(folder / f"{name}.npy", array)
        return tmp_path

    return put


def pinned(source: Arrays, root: Path) -> Arrays:
    with pytest.raises(BancError) as caught:
        arrays(source, root)
    (digest,) = re.findall('sha256 = "(.*)"', str(caught.value.hint))
    return attrs.evolve(source, sha256=digest)


def read(source: Arrays, root: Path) -> Split:
    return arrays(pinned(source, root), root)


def refusal(source: Arrays, root: Path) -> str:
    with pytest.raises(BancError) as caught:
        read(source, root)
    assert caught.value.hint
    return caught.value.message


def test_channels_last(put: Any) -> None:
    found = read(SOURCE, put())
    assert np.array_equal(found.train_images, GOOD["x_train"].transpose(0, 3, 1, 2))
    assert found.train_labels.tolist() == GOOD["y_train"].tolist()
    assert found.test_labels.dtype == found.train_labels.dtype == np.dtype("<i8")
    assert found.classes == ("0", "1", "2", "3")


def test_channels_first(put: Any) -> None:
    first = {name: GOOD[name].transpose(0, 3, 1, 2) for name in ("x_train", "x_test")}
    found = read(attrs.evolve(SOURCE, axes="nchw"), put(**first))
    assert np.array_equal(found.test_images, first["x_test"])


@pytest.mark.parametrize("axes", ["nhwc", "nchw"])
@pytest.mark.parametrize("left_out", [True, False])
def test_a_single_channel_may_be_left_out(put: Any, axes: Any, left_out: bool) -> None:
    grey = {name: GOOD[name][..., 0] for name in ("x_train", "x_test")}
    axis = 3 if axes == "nhwc" else 1
    written = {name: array if left_out else np.expand_dims(array, axis) for name, array in grey.items()}
    found = read(attrs.evolve(SOURCE, axes=axes, channels=1), put(**written))
    assert np.array_equal(found.train_images[:, 0], grey["x_train"])


def test_the_order_of_numbers_in_the_file_does_not_matter(put: Any) -> None:
    found = read(SOURCE, put(x_train=np.asfortranarray(GOOD["x_train"])))
    assert np.array_equal(found.train_images, GOOD["x_train"].transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": GOOD["x_train"] / 255}, "`data/mine/x_train.npy` holds float64 of shape (8, 5, 6, 3)"),
        ({"x_train": GOOD["x_train"].astype(np.int64)}, "expects uint8 of shape (8, 5, 6, 3)"),
        ({"x_train": GOOD["x_train"][:7]}, "`data/mine/x_train.npy` holds uint8 of shape (7, 5, 6, 3)"),
        ({"x_test": GOOD["x_test"].transpose(0, 3, 1, 2)}, "`data/mine/x_test.npy` holds uint8"),
        ({"y_test": np.zeros(4)}, "`data/mine/y_test.npy` holds float64"),
        ({"y_test": np.zeros((4, 1), int)}, "expects whole numbers of shape (4,)"),
        ({"y_train": np.arange(8)}, "`data/mine/y_train.npy` has the label 4"),
        ({"y_train": -np.arange(8) % 4 - 1}, "labels are 0 to 3"),
        ({"y_train": b"\x93NUMPY"}, "`data/mine/y_train.npy` is damaged or no array of numbers"),
        ({"y_train": b""}, "`data/mine/y_train.npy` is damaged or no array of numbers"),
        ({"y_train": np.array([{}] * 8)}, "`data/mine/y_train.npy` is damaged or no array of numbers"),
        ({"x_train": pickle.dumps([1])}, "`data/mine/x_train.npy` is damaged or no array of numbers"),
    ],
)
def test_what_does_not_fit_is_named(put: Any, changes: dict[str, Any], message: str) -> None:
    assert message in refusal(SOURCE, put(**changes))


def test_a_truncated_array_is_named(put: Any) -> None:
    file = io.BytesIO()
    np.save(file, GOOD["x_train"])
    message = refusal(SOURCE, put(x_train=file.getvalue()[:-1]))
    assert "`data/mine/x_train.npy` is damaged or no array of numbers" in message


def test_a_missing_file_is_named(put: Any) -> None:
    root = put()
    (root / "data/mine/y_test.npy").unlink()
    with pytest.raises(BancError, match=r"`data/mine/y_test.npy` is missing"):
        arrays(SOURCE, root)


def test_altered_arrays_are_refused(put: Any) -> None:
    source = pinned(SOURCE, put())
    altered = GOOD["x_train"].copy()
    altered[0, 0, 0, 0] ^= 1
    with pytest.raises(BancError, match="are not those of the spec"):
        arrays(source, put(x_train=altered))
