"""Small data sets in the forms of the official ones, made here, with tables that expect them."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest

from banc.runner.datasets.published import PUBLICATIONS, Form, Publication

Write = Callable[[Path, Mapping[str, bytes]], None]


@pytest.fixture(autouse=True)
def _no_folder_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANC_DATA", raising=False)


@pytest.fixture
def write() -> Write:
    """Writes files by their paths."""

    def write(folder: Path, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)

    return write


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[[type, Mapping[str, bytes]], Publication]:
    """Makes banc expect these files of a data set: by path, unpacked."""

    def publish(kind: type, files: Mapping[str, bytes]) -> Publication:
        def expecting(form: Form) -> Form:
            train, test = (
                tuple(
                    attrs.evolve(file, digest=f"sha256:{hashlib.sha256(files[file.path]).hexdigest()}")
                    if file.path in files
                    else file
                    for file in part
                )
                for part in (form.train, form.test)
            )
            return attrs.evolve(form, train=train, test=test)

        known = PUBLICATIONS[kind]
        made = attrs.evolve(known, forms=tuple(expecting(form) for form in known.forms), arrays=None)
        monkeypatch.setitem(PUBLICATIONS, kind, made)
        return made

    return publish


@pytest.fixture
def cifar() -> Callable[..., dict[str, bytes]]:
    """Files of CIFAR-10 or CIFAR-100 by path, both forms of the same random images."""

    def cifar(classes: int, number: int = 12) -> dict[str, bytes]:
        rng = np.random.default_rng(classes)
        fine = classes == 100
        files = {}
        names = [("train", "train.bin")] if fine else [(f"data_batch_{k}",) * 2 for k in range(1, 6)]
        names += [("test", "test.bin")] if fine else [("test_batch",) * 2]
        for pickled, record in names:
            labels = rng.permutation(np.arange(number) % classes).astype(np.uint8)
            images = rng.integers(0, 256, (number, 3072), dtype=np.uint8)
            coarse = [(labels // 5)[:, None]] if fine else []
            rows = np.concatenate([*coarse, labels[:, None], images], axis=1)
            fields = {
                b"batch_label": b"a batch",
                b"filenames": [b"a.png"] * number,
                b"data": images,
                b"fine_labels" if fine else b"labels": labels.tolist(),
            }
            if fine:
                fields[b"coarse_labels"] = (labels // 5).tolist()
            folder = ("cifar-100-python", "cifar-100-binary") if fine else ("cifar-10-batches-py",) * 2
            record = record if fine else f"{record}.bin"
            binary = folder[1] if fine else "cifar-10-batches-bin"
            files[f"{folder[0]}/{pickled}"] = as_python2(fields)
            files[f"{binary}/{record}"] = rows.tobytes()
        return files

    return cifar


def as_python2(fields: Mapping[bytes, Any]) -> bytes:
    """A pickle as Python 2 and the numpy of 2009 wrote it."""
    file = io.BytesIO()
    _Python2Pickler(file, protocol=2).dump(dict(fields))
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def _old_dtype(dtype: Any) -> Any:
    """Flags were 0 and 1, not False and True."""
    return np.dtype, (dtype.str[1:], 0, 1), (3, dtype.str[0], None, None, None, -1, -1, 0)


class _Python2Pickler(pickle._Pickler):  # type: ignore[name-defined, misc]
    """Writes every string as Python 2 wrote its strings."""

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]
    dispatch_table: ClassVar[dict[type, Any]] = {type(np.dtype("u1")): _old_dtype}

    def save_string(self, value: str | bytes) -> None:
        data = value.encode("latin-1") if isinstance(value, str) else value
        self.write(pickle.BINSTRING + len(data).to_bytes(4, "little") + data)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string


@pytest.fixture
def python2() -> Callable[[Mapping[bytes, Any]], bytes]:
    return as_python2


@pytest.fixture
def shared(checkout: Path) -> Path:
    """Where byte-exact copies of real data sets lie on some machines."""
    return checkout.parent / "shared/data"
