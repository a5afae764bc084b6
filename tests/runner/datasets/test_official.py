from __future__ import annotations

import hashlib
import io
import json
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.io import savemat

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist, Official, Svhn
from banc.errors import BancError
from banc.runner.datasets.official import official
from banc.runner.datasets.published import PUBLICATIONS, Publication
from banc.runner.datasets.split import Split

DRAWN = "d6197d3dff46556c1496bbc6b9e9f5e5dce1fa9bfe2e05c3ed7760e00a176ac1"

Publish = Callable[[type, Mapping[str, bytes]], Publication]


def same(one: Split, other: Split) -> bool:
    parts = ("train_images", "train_labels", "test_images", "test_labels")
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in parts)


@pytest.mark.parametrize("source", [Cifar10(train=60, test=12), Cifar100(train=12, test=12)])
def test_every_form_gives_the_same_images(
    source: Official, tmp_path: Path, publish: Publish, write: Any, cifar: Any
) -> None:
    files = cifar(source.shape.classes)
    publication = publish(type(source), files)
    found = []
    for number, form in enumerate(publication.forms):
        of_form = {file.path: files[file.path] for file in form.files}
        write(tmp_path / f"plain-{number}", of_form)
        found.append(official(source, tmp_path / f"plain-{number}"))
        assert form.archive is not None
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as archive:
            for path, data in of_form.items():
                info = tarfile.TarInfo(path)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        write(tmp_path / f"packed-{number}", {form.archive: made.getvalue()})
        found.append(official(source, tmp_path / f"packed-{number}"))
    assert len(found) == 4
    assert all(same(found[0], other) for other in found)
    assert found[0].train_images.shape == (source.train, 3, 32, 32)
    assert found[0].classes == publication.classes


def test_a_draw_takes_every_class_in_proportion(
    tmp_path: Path, publish: Publish, write: Any, cifar: Any
) -> None:
    files = cifar(10, number=40)
    write(tmp_path, files)
    publish(Cifar10, files)
    whole = official(Cifar10(train=200, test=40), tmp_path)
    drawn = official(Cifar10(train=50, test=20), tmp_path)
    assert np.bincount(drawn.train_labels).tolist() == [5] * 10
    assert np.bincount(drawn.test_labels).tolist() == [2] * 10
    labels = {
        bytes(image): label for image, label in zip(whole.train_images, whole.train_labels, strict=True)
    }
    assert len(labels) == 200
    for image, label in zip(drawn.train_images, drawn.train_labels, strict=True):
        assert labels[bytes(image)] == label


def test_arrays_are_held_to_their_digest_too(
    tmp_path: Path, publish: Publish, write: Any, cifar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had made other files with the same MD5."""
    files = cifar(100)
    write(tmp_path, files)
    expecting = attrs.evolve(publish(Cifar100, files), arrays=PUBLICATIONS[FashionMnist].arrays)
    monkeypatch.setitem(PUBLICATIONS, Cifar100, expecting)
    with pytest.raises(BancError, match=r"other contents: SHA-256 of `train_images.npy`"):
        official(Cifar100(train=12, test=12), tmp_path)


def idx_files(folder: str, rng: np.random.Generator) -> dict[str, bytes]:
    """Files as those of MNIST: 40 training images, 20 test images."""
    files = {}
    for part, number in (("train", 40), ("t10k", 20)):
        labels = rng.permutation(np.arange(number) % 10).astype(np.uint8)
        images = rng.integers(0, 256, (number, 28, 28), dtype=np.uint8)
        files[f"{folder}/{part}-images-idx3-ubyte"] = (
            struct.pack(">4I", 0x803, *images.shape) + images.tobytes()
        )
        files[f"{folder}/{part}-labels-idx1-ubyte"] = struct.pack(">2I", 0x801, number) + labels.tobytes()
    return files


@pytest.mark.parametrize(
    ("source", "folder"),
    [(Mnist(train=40, test=20), "MNIST/raw"), (FashionMnist(train=40, test=20), "FashionMNIST/raw")],
)
def test_idx_files_are_training_and_test_images(
    source: Official, folder: str, tmp_path: Path, publish: Publish, write: Any
) -> None:
    files = idx_files(folder, np.random.default_rng(0))
    write(tmp_path, files)
    publish(type(source), files)
    found = official(source, tmp_path)
    assert found.train_images.shape == (40, 1, 28, 28)
    assert found.test_images.shape == (20, 1, 28, 28)
    assert found.train_images.tobytes() == files[f"{folder}/train-images-idx3-ubyte"][16:]
    assert bytes(found.test_labels.astype(np.uint8)) == files[f"{folder}/t10k-labels-idx1-ubyte"][8:]
    assert len(found.classes) == 10


def test_svhn_s_files_are_training_and_test_images(tmp_path: Path, publish: Publish, write: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 40), dtype=np.uint8)
    files = {}
    for part, number in (("train", 40), ("test", 20)):
        made = io.BytesIO()
        savemat(made, {"X": pixels[..., :number], "y": np.arange(number)[:, None] % 10 + 1})
        files[f"{part}_32x32.mat"] = made.getvalue()
    write(tmp_path, files)
    publish(Svhn, files)
    found = official(Svhn(train=40, test=20), tmp_path)
    assert np.array_equal(found.train_images, pixels.transpose(3, 2, 0, 1))
    assert np.array_equal(found.test_images, found.train_images[:20])
    assert found.test_labels.tolist() == [*range(1, 10), 0] * 2


def test_forged_pickles_are_refused(tmp_path: Path, publish: Publish, write: Any) -> None:
    files = {
        "cifar-100-python/train": b"\x80\x02c__builtin__\nexec\n.",
        "cifar-100-python/test": b"no pickle",
    }
    write(tmp_path, files)
    publish(Cifar100, files)
    with pytest.raises(BancError, match="other contents: they cannot be read"):
        official(Cifar100(train=100, test=100), tmp_path)


class Manifest:
    """What is known of a byte-exact copy beside this checkout."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "manifest.json").is_file():
            pytest.skip(f"no real images in ../shared/data/{folder.name} beside this checkout")
        pytest.importorskip("PIL")
        self.folder = folder
        self.of = json.loads((folder / "manifest.json").read_text())

    def check(self, found: Split) -> None:
        for part, images, labels in (
            ("train", found.train_images, found.train_labels),
            ("test", found.test_images, found.test_labels),
        ):
            expected = self.of["splits"][part]
            shape = (expected["n"], *expected["shape"])
            theirs = images.transpose(0, 2, 3, 1).reshape(shape)
            assert hashlib.sha256(theirs.tobytes()).hexdigest() == expected["sha256_x"]
            assert hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest() == expected["sha256_y"]
        assert list(found.classes) == self.of["classes"]


@pytest.fixture(scope="module")
def real(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Path]:
    """A folder with CIFAR-100's official binary files."""
    manifest = Manifest(checkout.parent / "shared/data/cifar100")
    folder = tmp_path_factory.mktemp("cifar100")
    command = [sys.executable, str(manifest.folder / "official.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return manifest, folder


def test_cifar100_from_its_official_files(real: tuple[Manifest, Path]) -> None:
    manifest, folder = real
    found = official(Cifar100(), folder)
    manifest.check(found)
    # The first training image is a cow; the means are in every tutorial.
    assert found.classes[found.train_labels[0]] == "cattle"
    means = found.train_images.mean((0, 2, 3)) / 255
    assert means.tolist() == pytest.approx([0.5071, 0.4865, 0.4409], abs=1e-4)
    drawn = official(Cifar100(train=1000, test=500), folder)
    assert np.bincount(drawn.train_labels).tolist() == [10] * 100
    assert np.bincount(drawn.test_labels).tolist() == [5] * 100
    # Where another thousand is drawn, `Cifar100.REVISION` must move, and that of the other sets.
    assert hashlib.sha256(drawn.train_images.tobytes()).hexdigest() == DRAWN


def test_cifar100_from_its_official_archive(real: tuple[Manifest, Path], tmp_path: Path) -> None:
    manifest, folder = real
    with tarfile.open(tmp_path / "cifar-100-binary.tar.gz", "w:gz", compresslevel=0) as archive:
        archive.add(folder / "cifar-100-binary", "cifar-100-binary")
    manifest.check(official(Cifar100(), tmp_path))


def test_one_wrong_pixel_of_cifar100_is_noticed(
    real: tuple[Manifest, Path], tmp_path: Path, write: Any
) -> None:
    _, folder = real
    files = {name: (folder / "cifar-100-binary" / name).read_bytes() for name in ("train.bin", "test.bin")}
    altered = bytearray(files["test.bin"])
    altered[-1] ^= 1
    write(tmp_path / "cifar-100-binary", {**files, "test.bin": bytes(altered)})
    with pytest.raises(
        BancError, match=r"/cifar-100-binary/test.bin` is not the published file: its SHA1 is"
    ):
        official(Cifar100(), tmp_path)


def test_fashion_mnist_from_idx_files(shared: Path, tmp_path: Path, write: Any) -> None:
    manifest = Manifest(shared / "fashion_mnist")
    unpacked = tmp_path / "unpacked"
    command = [sys.executable, "unpack.py", ".", str(unpacked)]
    subprocess.run(command, check=True, capture_output=True, cwd=manifest.folder)
    for part, name in (("train", "train"), ("test", "t10k")):
        images, labels = (np.load(unpacked / f"{axis}_{part}.npy") for axis in "xy")
        write(
            tmp_path / "FashionMNIST/raw",
            {
                f"{name}-images-idx3-ubyte": struct.pack(">4I", 0x803, *images.shape) + images.tobytes(),
                f"{name}-labels-idx1-ubyte": struct.pack(">2I", 0x801, len(labels))
                + labels.astype(np.uint8).tobytes(),
            },
        )
    found = official(FashionMnist(), tmp_path)
    assert found.train_images.shape == (60_000, 1, 28, 28)
    manifest.check(found)
