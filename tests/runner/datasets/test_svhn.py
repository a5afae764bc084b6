from __future__ import annotations

import io

import numpy as np
from scipy.io import savemat

from banc.runner.datasets.svhn import svhn


def test_reads_matlab_and_calls_ten_a_zero() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (32, 32, 3, 5), dtype=np.uint8)
    file = io.BytesIO()
    savemat(file, {"X": pixels, "y": np.array([[1], [10], [9], [2], [10]], np.uint8)}, do_compression=True)
    images, labels = svhn([file.getvalue()])
    assert images.shape == (5, 3, 32, 32)
    assert images.flags.c_contiguous
    assert images[4, 2, 30, 7] == pixels[30, 7, 2, 4]
    assert labels.tolist() == [1, 0, 9, 2, 0]
    assert labels.dtype == np.dtype("<i8")
