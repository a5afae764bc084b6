"""The cropped digits of SVHN, in MATLAB's format.

Netzer and others, Reading digits in natural images with unsupervised feature learning (2011). In: the
bytes of a part's file, verified. Out: images and labels.
"""

from __future__ import annotations

import io

import numpy as np

from banc.runner.datasets.split import LabelledImages


def svhn(files: list[bytes]) -> LabelledImages:
    """A ``*_32x32.mat``: ``X`` (H, W, C, N) and ``y`` (N, 1), where 10 is the digit 0."""
    # Half a second, which no other data set needs to wait for.
    from scipy.io import loadmat  # type: ignore[import-untyped]

    (data,) = files
    fields = loadmat(io.BytesIO(data), variable_names=("X", "y"))
    images = np.ascontiguousarray(fields["X"].transpose(3, 2, 0, 1))
    return images, (fields["y"].reshape(-1) % 10).astype("<i8")
