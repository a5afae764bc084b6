from __future__ import annotations

import struct

import numpy as np

from banc.runner.datasets.idx import idx


def test_reads_images_and_labels() -> None:
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    images, labels = idx(
        [struct.pack(">4I", 0x803, 2, 3, 4) + pixels.tobytes(), struct.pack(">2I", 0x801, 2) + bytes([9, 4])]
    )
    assert np.array_equal(images, pixels[:, None])
    assert labels.tolist() == [9, 4]
    assert labels.dtype == np.dtype("<i8")
