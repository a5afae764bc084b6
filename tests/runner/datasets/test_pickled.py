from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from banc.runner.datasets.pickled import pickled


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_reads_what_python_2_and_its_numpy_wrote(python2: Callable[..., bytes]) -> None:
    data = np.arange(12, dtype=np.uint8).reshape(3, 4)
    written = python2({b"labels": [0, 1, 2], b"data": data})
    assert b"numpy.core.multiarray" in written
    found = pickled(written)
    assert found[b"labels"] == [0, 1, 2]
    assert np.array_equal(found[b"data"], data)


def test_calls_nothing(tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError, match="is no part of an array"):
        pickled(pickle.dumps({b"data": Trap(tmp_path / "sprung")}))
    assert not (tmp_path / "sprung").exists()
