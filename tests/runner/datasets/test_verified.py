from __future__ import annotations

import gzip
import io
import pickle
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from banc.config.data import Cifar10, Cifar100, FashionMnist, Mnist
from banc.errors import BancError
from banc.runner.datasets.published import PUBLICATIONS, Publication
from banc.runner.datasets.verified import is_there, verified

Publish = Callable[[type, Mapping[str, bytes]], Publication]
BINARY = {"cifar-100-binary/train.bin": b"train" * 99, "cifar-100-binary/test.bin": b"test" * 99}
IDX = {
    f"MNIST/raw/{part}-{kind}-ubyte": f"{part} {kind}".encode() * 50
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
}


def tar(files: Mapping[str, bytes], prefix: str = "") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for path, data in {"cifar-100-binary/fine_label_names.txt": b"apple\n", **files}.items():
            info = tarfile.TarInfo(prefix + path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def read(folder: Path, publication: Publication) -> dict[str, bytes]:
    (form, *_) = (form for form in publication.forms if is_there(folder, form))
    return {file.path: data for file, data in verified(folder, form).items()}


def refusal(folder: Path, publication: Publication) -> BancError:
    with pytest.raises(BancError) as caught:
        read(folder, publication)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("prefix", ["", "./"])
def test_an_archive_is_read_as_it_is(tmp_path: Path, publish: Publish, write: Any, prefix: str) -> None:
    write(tmp_path, {"cifar-100-binary.tar.gz": tar(BINARY, prefix)})
    assert read(tmp_path, publish(Cifar100, BINARY)) == BINARY
    assert [path.name for path in tmp_path.rglob("*")] == ["cifar-100-binary.tar.gz"]


def test_unpacked_files_are_read_before_their_archive(tmp_path: Path, publish: Publish, write: Any) -> None:
    write(tmp_path, {**BINARY, "cifar-100-binary.tar.gz": b"nonsense"})
    assert read(tmp_path, publish(Cifar100, BINARY)) == BINARY


def test_idx_files_may_be_packed(tmp_path: Path, publish: Publish, write: Any) -> None:
    publication = publish(Mnist, IDX)
    packed = {f"{path}.gz": gzip.compress(data) for path, data in IDX.items()}
    write(tmp_path / "packed", packed)
    write(tmp_path / "plain", IDX)
    write(tmp_path / "both", {**dict(list(packed.items())[:2]), **dict(list(IDX.items())[2:])})
    for folder in ("packed", "plain", "both"):
        assert read(tmp_path / folder, publication) == IDX


def test_a_missing_file_is_named(tmp_path: Path, publish: Publish, write: Any) -> None:
    write(tmp_path, {"cifar-100-binary/test.bin": BINARY["cifar-100-binary/test.bin"]})
    found = refusal(tmp_path, publish(Cifar100, BINARY))
    assert f"{tmp_path}/cifar-100-binary/train.bin` is missing" in found.message


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b"T" + data[1:]]
)
def test_an_altered_file_is_named(
    tmp_path: Path, publish: Publish, write: Any, damage: Callable[[bytes], bytes]
) -> None:
    publication = publish(Cifar100, BINARY)
    name = "cifar-100-binary/test.bin"
    altered = {**BINARY, name: damage(BINARY[name])}
    write(tmp_path / "plain", altered)
    found = refusal(tmp_path / "plain", publication)
    assert f"{tmp_path}/plain/{name}` is not the published file: its SHA256 is" in found.message
    write(tmp_path / "tar", {"cifar-100-binary.tar.gz": tar(altered)})
    found = refusal(tmp_path / "tar", publication)
    assert f"cifar-100-binary.tar.gz`, `{name}` is not the published file" in found.message


def test_a_file_under_anothers_name_is_told(tmp_path: Path, publish: Publish, write: Any) -> None:
    publication = publish(Cifar100, BINARY)
    train, test = BINARY
    write(tmp_path, {train: BINARY[test], test: BINARY[train]})
    found = refusal(tmp_path, publication)
    assert f"`{tmp_path}/{train}` is not the published file" in found.message
    assert f"CIFAR-100 calls `{test}`" in str(found.hint)


def test_one_set_in_the_place_of_another_is_told(tmp_path: Path, publish: Publish, write: Any) -> None:
    publish(Mnist, IDX)
    write(tmp_path, {path.replace("MNIST", "FashionMNIST"): data for path, data in IDX.items()})
    found = refusal(tmp_path, PUBLICATIONS[FashionMnist])
    assert "MNIST calls `MNIST/raw/train-images-idx3-ubyte`" in str(found.hint)


@pytest.mark.parametrize("keep", [0, 1, 40, -1])
def test_a_truncated_archive_is_named(tmp_path: Path, publish: Publish, write: Any, keep: int) -> None:
    whole = tar({path: data * 1000 for path, data in BINARY.items()})
    publication = publish(Cifar100, {path: data * 1000 for path, data in BINARY.items()})
    write(tmp_path, {"cifar-100-binary.tar.gz": whole[: keep if keep >= 0 else len(whole) // 2]})
    found = refusal(tmp_path, publication)
    assert f"`{tmp_path}/cifar-100-binary.tar.gz` is cut short or damaged" in found.message


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: b"no gzip", lambda data: b""])
def test_a_truncated_packed_file_is_named(
    tmp_path: Path, publish: Publish, write: Any, damage: Callable[[bytes], bytes]
) -> None:
    packed = {f"{path}.gz": gzip.compress(data) for path, data in IDX.items()}
    first = next(iter(packed))
    write(tmp_path, {**packed, first: damage(packed[first])})
    found = refusal(tmp_path, publish(Mnist, IDX))
    assert f"`{tmp_path}/{first}`" in found.message


def test_another_archive_under_this_name_is_told(tmp_path: Path, publish: Publish, write: Any) -> None:
    others = {"cifar-10-batches-bin/data_batch_1.bin": b"1"}
    write(tmp_path, {"cifar-100-binary.tar.gz": tar(others)})
    found = refusal(tmp_path, publish(Cifar100, BINARY))
    assert "does not hold `cifar-100-binary/train.bin`" in found.message


def test_a_link_in_an_archive_leads_nowhere(tmp_path: Path, publish: Publish) -> None:
    (tmp_path / "secret").write_bytes(BINARY["cifar-100-binary/train.bin"])
    with tarfile.open(tmp_path / "cifar-100-binary.tar.gz", "w:gz") as archive:
        for name in BINARY:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
            archive.addfile(info)
    assert "does not hold" in refusal(tmp_path, publish(Cifar100, BINARY)).message


def test_a_pickle_that_was_sent_is_not_opened(tmp_path: Path, write: Any) -> None:
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    write(tmp_path, {f"cifar-10-batches-py/{name}": trap for name in ("data_batch_1", "test_batch")})
    write(tmp_path, {f"cifar-10-batches-py/data_batch_{number}": trap for number in range(2, 6)})
    assert "is not the published file" in refusal(tmp_path, PUBLICATIONS[Cifar10]).message
    assert not (tmp_path / "sprung").exists()


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)
