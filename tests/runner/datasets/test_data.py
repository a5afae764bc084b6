from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import torch

from banc.config.data import Arrays, Cifar100, Digits, Official
from banc.config.recipe import Augmentation
from banc.errors import BancError
from banc.runner.datasets import digits
from banc.runner.datasets.published import PUBLICATIONS, Published
from banc.runner.training.augment import normalise, pad, render_views
from banc.stage import files
from banc.stage.kinds import Address, Data


@pytest.fixture(autouse=True)
def _no_folder_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANC_DATA", raising=False)


def load(workspace: Any, where: Address) -> list[Any]:
    return [np.load(workspace.path(where, name)) for name in files.DATA_ARRAYS]


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


OWN = {
    "grey": Arrays("own", height=28, width=28, channels=1, classes=3, train=9, test=6),
    "colour": Arrays("own", height=32, width=32, channels=3, classes=3, train=9, test=6),
}


def put(workspace: Any, source: Arrays, **changes: Any) -> Arrays:
    """Random arrays of that shape where the source says; gives the source with their digest."""
    rng = np.random.default_rng(7)
    folder = workspace.root / source.path
    folder.mkdir(exist_ok=True)
    for part, number in (("train", source.train), ("test", source.test)):
        shape = (number, source.height, source.width, source.channels)
        np.save(folder / f"x_{part}.npy", rng.integers(0, 256, shape, dtype=np.uint8))
        np.save(folder / f"y_{part}.npy", np.arange(number) % source.classes)
    for name, array in changes.items():
        np.save(folder / f"{name}.npy", array)
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("x_test.npy", "x_train.npy", "y_test.npy", "y_train.npy")
    ]
    return attrs.evolve(source, sha256=hashlib.sha256("".join(lines).encode()).hexdigest())


@pytest.mark.parametrize("kind", OWN)
def test_own_arrays_become_images_and_statistics(workspace: Any, kind: str) -> None:
    source = put(workspace, OWN[kind])
    found = workspace.run(Data(source))
    given = np.load(workspace.root / "own/x_train.npy")
    images, labels, *_ = load(workspace, found)
    assert np.array_equal(images, given.transpose(0, 3, 1, 2))
    assert labels.tolist() == [0, 1, 2] * 3
    facts = json.loads(workspace.path(found, files.DATA).read_text())
    assert facts["mean"] == pytest.approx(given.mean((0, 1, 2)) / 255, abs=1e-6)
    assert facts["std"] == pytest.approx(given.std((0, 1, 2)) / 255, abs=1e-6)


@pytest.mark.parametrize("kind", OWN)
def test_every_view_and_its_numbers_from_a_stages_files(workspace: Any, kind: str) -> None:
    """28x28x1 and 32x32x3, from files to what a network reads, against numpy."""
    source = put(workspace, OWN[kind])
    where = workspace.run(Data(source))
    stored = torch.from_numpy(load(workspace, where)[0])
    facts = json.loads(workspace.path(where, files.DATA).read_text())
    augment = Augmentation(pad=4, flip=True)
    size = (source.height, source.width)
    every = torch.arange(augment.num_views)
    made = render_views(pad(stored, 4), torch.full_like(every, 5), every, augment, size)
    image = np.load(workspace.root / "own/x_train.npy")[5]
    reflected = np.pad(image, ((4, 4), (4, 4), (0, 0)), mode="reflect")
    crops = [reflected[top : top + size[0], left : left + size[1]] for top in range(9) for left in range(9)]
    expected = np.stack([*crops, *(crop[:, ::-1] for crop in crops)])
    assert np.array_equal(made.permute(0, 2, 3, 1).numpy(), expected)
    everything = np.load(workspace.root / "own/x_train.npy") / 255
    scaled = (expected / 255 - everything.mean((0, 1, 2))) / everything.std((0, 1, 2))
    read = normalise(made, facts["mean"], facts["std"]).permute(0, 2, 3, 1).numpy()
    assert np.allclose(read, scaled, atol=1e-4)


def test_a_channel_without_contrast_is_refused(workspace: Any) -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 32, 32, 3), dtype=np.uint8)
    images[..., 1] = 40
    with pytest.raises(BancError, match="channel 1 of the training images has the same value everywhere"):
        workspace.run(Data(put(workspace, OWN["colour"], x_train=images)))
    assert not [path for path in workspace.left() if not path.startswith("own/")]


def test_altered_files_leave_no_stage_behind(workspace: Any) -> None:
    source = put(workspace, OWN["grey"])
    put(workspace, OWN["grey"], y_test=np.zeros(6, int))
    with pytest.raises(BancError, match=r"data-arrays-own-[0-9a-f]{12}: the files in `own` are not those"):
        workspace.run(Data(source))
    assert not [path for path in workspace.left() if not path.startswith("own/")]


def small_cifar(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Cifar100:
    """A set that banc takes for CIFAR-100, in the binary layout."""
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 256, (200, 2 + 3072), dtype=np.uint8)
    rows[:, 1] = np.arange(200) % 100
    form = PUBLICATIONS[Cifar100].forms[0]
    parts = []
    for name, records in (("train.bin", rows), ("test.bin", rows[:100])):
        path = folder / "cifar-100-binary" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(records.tobytes())
        digest = hashlib.sha256(records.tobytes()).hexdigest()
        parts.append((Published(f"cifar-100-binary/{name}", f"sha256:{digest}"),))
    forms = (attrs.evolve(form, train=parts[0], test=parts[1]),)
    made = attrs.evolve(PUBLICATIONS[Cifar100], forms=forms, arrays=None)
    monkeypatch.setitem(PUBLICATIONS, Cifar100, made)
    return Cifar100(train=100, test=100)


@pytest.mark.parametrize("named", [False, True])
def test_published_files_lie_in_data_or_where_banc_data_says(
    workspace: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: bool
) -> None:
    folder = tmp_path / "elsewhere" if named else workspace.root / "data"
    source = small_cifar(monkeypatch, folder)
    if named:
        monkeypatch.setenv("BANC_DATA", str(folder))
    images, labels, *_ = load(workspace, workspace.run(Data(source)))
    assert images.shape == (100, 3, 32, 32)
    assert np.bincount(labels).tolist() == [1] * 100


def test_banc_data_must_be_a_folder(workspace: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BANC_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(BancError, match=r"BANC_DATA names `.*/nowhere`, which is no folder"):
        workspace.run(Data(Cifar100()))


PROBE = """
import sys
from pathlib import Path
from banc.config.data import Arrays, Digits
from banc.runner.datasets.data import data
from banc.stage.kinds import Data
root, digest = Path(sys.argv[1]), sys.argv[2]
for name, source in (("one", Digits()), ("two", Arrays("own", 28, 28, 1, 3, 9, 6, sha256=digest))):
    (root / name).mkdir()
    data(root, Data(source), root / name)
    assert (root / name / "data.json").is_file()
print(sorted({"torch", "torchvision", "scipy", "sklearn", "PIL"} & set(sys.modules)))
"""


def test_reading_imports_nothing_slow(workspace: Any) -> None:
    source = put(workspace, OWN["grey"])
    command = [sys.executable, "-c", PROBE, str(workspace.root), str(source.sha256)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("kind", PUBLICATIONS, ids=lambda kind: kind.SET)
def test_a_file_in_the_place_of_the_folder_is_named(workspace: Any, kind: type[Official]) -> None:
    (workspace.root / "data").write_text("")
    with pytest.raises(BancError, match=f"`{workspace.root}/data`"):
        workspace.run(Data(kind()))


def test_a_validation_split_holds_the_same_images_out_each_time(workspace: Any) -> None:
    whole, split = (workspace.run(Data(Digits(train=80, validation=each))) for each in (0, 20))
    assert "validation_images.npy" not in workspace.outputs(whole)
    before = {name: np.load(workspace.path(whole, name)) for name in files.DATA_ARRAYS}
    after = {
        name: np.load(workspace.path(split, name)) for name in (*files.DATA_ARRAYS, *files.VALIDATION_ARRAYS)
    }
    for name in files.DATA_ARRAYS[2:]:
        assert np.array_equal(before[name], after[name])
    assert len(after["train_labels.npy"]) == 60
    assert np.bincount(after["validation_labels.npy"]).tolist() == [2] * 10
    seen = [image.tobytes() for name in ("train", "validation") for image in after[f"{name}_images.npy"]]
    assert sorted(seen) == sorted(image.tobytes() for image in before["train_images.npy"])
    # Images are normalised by what is trained on.
    facts = json.loads(workspace.path(split, files.DATA).read_text())
    assert facts["mean"] == pytest.approx([after["train_images.npy"].mean() / 255], abs=1e-6)
