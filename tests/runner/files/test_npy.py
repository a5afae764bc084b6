from __future__ import annotations

import os
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from banc.errors import BancError
from banc.runner.files.npy import header, read_array, write_array


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


def test_a_mapped_array_is_not_written_to(tmp_path: Path) -> None:
    write_array(tmp_path / "a.npy", np.zeros(3))
    array = read_array(tmp_path / "a.npy", mapped=True)
    with pytest.raises(ValueError, match="read-only"):
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


FIELDS = "{{'descr': '{}', 'fortran_order': {}, 'shape': {}}}\n"


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FIELDS.format("<f4", False, f"({10**26},)"), f"its header announces {10**26} numbers, and 32 bytes"),
        (FIELDS.format("<f4", False, "(-8,)"), "its header announces -8 numbers"),
        (FIELDS.format("<f4", False, "(9,)"), "its header announces 9 numbers, and 32 bytes follow"),
        (FIELDS.format("<f4", False, "(7,)"), "its header announces 7 numbers, and 32 bytes follow"),
        (FIELDS.format("<f4", False, "(8.0,)"), "its header"),
        (FIELDS.format("<f4", False, "(8, True)"), "its header"),
        (FIELDS.format("<f4", False, f"(8, {10**30}, 0)"), "its header"),
        (FIELDS.format("<f4", True, "(4, 2)"), "it is no array of numbers, row by row"),
        (FIELDS.format(">f4", False, "(8,)"), "it is no array of numbers, row by row"),
        (FIELDS.format("<U4", False, "(2,)"), "it is no array of numbers, row by row"),
        (FIELDS.format("|O", False, "(4,)"), "it is no array of numbers, row by row"),
        ("-" * 9000 + "1\n", "its header is not that of an array"),
        ("-" * 900 + "1\n", "its header is not that of an array"),
        ("[" * 60_000 + "\n", "its header is not that of an array"),
        ("[" * 900 + "\n", "its header is not that of an array"),
        ("{'descr': '<f4'", "its header is not that of an array"),
    ],
    ids=lambda text: text[:40] + text[-12:] if len(text) > 60 else text,
)
def test_a_header_that_announces_something_else_is_refused(
    tmp_path: Path, text: str, why: str, mapped: bool
) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text.encode() + bytes(32))
    with pytest.raises(BancError, match=r"a\.npy` is damaged: ") as caught:
        read_array(path, mapped=mapped)
    # A zero makes room for as many bytes as are there: none.
    assert why in caught.value.message or "(8, 1" in text


def test_whatever_bytes_a_header_has_is_one_message(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "a.npy"
    write_array(path, np.arange(4))
    whole = path.read_bytes()
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(0, 70, rng.integers(1, 4)):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        with suppress(BancError), warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            assert read_array(path).nbytes == 32


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(BancError, match="is damaged"):
        read_array(tmp_path / "a.npy")


def test_an_array_larger_than_the_memory_is_mapped(tmp_path: Path) -> None:
    """A sparse file: it takes no room on the disk."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    shape = (2 * memory // 2000, 1000)
    path = tmp_path / "large.npy"
    begin = header(shape, np.dtype(np.float16))
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(len(begin) + 2 * shape[0] * shape[1])
        file.seek(-2, os.SEEK_END)
        file.write(np.float16(3).tobytes())
    array = read_array(path, mapped=True)
    assert array.nbytes > 1.9 * memory
    assert array[-1, -1] == 3
    assert not array[:: shape[0] // 7, 0].any()
    assert not array.flags.writeable
