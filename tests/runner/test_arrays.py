from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from banc.errors import BancError
from banc.runner.arrays import header, read_array, write_array


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float16", "float32"])
def test_what_is_written_is_what_numpy_reads_and_writes(tmp_path: Path, dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    write_array(tmp_path / "ours.npy", array)
    np.save(tmp_path / "numpys.npy", array)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "numpys.npy").read_bytes()
    assert np.array_equal(read_array(tmp_path / "ours.npy"), array)


def test_an_array_that_lies_in_another_order_is_written_by_rows(tmp_path: Path) -> None:
    array = np.arange(6).reshape(2, 3).T
    write_array(tmp_path / "a.npy", array)
    write_array(tmp_path / "b.npy", array.copy(order="C"))
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_rows_after_a_header_make_an_array(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        file.write(header((2, 3), np.dtype(np.float16)))
        for row in ([1, 2, 3], [4, 5, 6]):
            file.write(np.array(row, np.float16).data)
    assert np.load(tmp_path / "a.npy").tolist() == [[1, 2, 3], [4, 5, 6]]


def test_writing_to_a_mapped_array_changes_no_file(tmp_path: Path) -> None:
    write_array(tmp_path / "a.npy", np.zeros(3))
    array = read_array(tmp_path / "a.npy", mapped=True)
    array[0] = 1
    assert np.load(tmp_path / "a.npy")[0] == 0


@pytest.mark.parametrize("keep", [0, 5, 100, 140])
@pytest.mark.parametrize("mapped", [False, True])
def test_half_an_array_is_refused(tmp_path: Path, keep: int, mapped: bool) -> None:
    path = tmp_path / "a.npy"
    write_array(path, np.arange(4))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BancError, match="is damaged"):
        read_array(path, mapped=mapped)


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(BancError, match="is damaged"):
        read_array(tmp_path / "a.npy")
