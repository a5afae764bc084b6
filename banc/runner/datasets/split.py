"""A data set in memory, and the one way to divide images that came undivided."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

LabelledImages = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Images (N, C, H, W) and their labels (N,)."""


@frozen(eq=False)
class Split:
    """Training and test images with their labels."""

    train_images: NDArray[np.uint8]
    """(N, C, H, W)"""
    train_labels: NDArray[np.int64]
    """(N,)"""
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    classes: tuple[str, ...]
    """The name of each label."""

    def drawn(self, train: int, test: int) -> Split:
        """A stratified draw of so many training and test images, the same ones each time. A larger draw
        need not contain a smaller one.
        """
        return Split(
            *_drawn(self.train_images, self.train_labels, train),
            *_drawn(self.test_images, self.test_labels, test),
            self.classes,
        )


def held_out(split: Split, validation: int) -> tuple[Split, LabelledImages]:
    """A split without so many of its training images, and these, every class in proportion.

    A function of the labels and of the number alone, as ``stratified`` is: no seed has a part in it.
    """
    images, labels = split.train_images, split.train_labels
    kept, held = stratified(labels, len(labels) - validation)
    rest = evolve(split, train_images=images[kept], train_labels=labels[kept])
    return rest, (images[held], labels[held])


def _drawn(images: NDArray[np.uint8], labels: NDArray[np.int64], number: int) -> LabelledImages:
    assert number <= len(labels), (number, len(labels))
    if number == len(labels):
        return images, labels
    chosen, _ = stratified(labels, number)
    return images[chosen], labels[chosen]


def stratified(labels: NDArray[np.int64], train: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of ``train`` training images and of the rest, every class in proportion; both ascending.

    A function of the labels alone, on every machine and with every version of every library: within a
    class the images with the smallest SHA-256 of ``<class>/<index>`` train. Shares are rounded by the
    largest remainder, of equal ones the lower class first.
    """
    classes, counts = np.unique(labels, return_counts=True)
    shares = [Fraction(train * int(count), len(labels)) for count in counts]
    sizes = [int(share) for share in shares]
    by_remainder = sorted(range(len(sizes)), key=lambda k: (sizes[k] - shares[k], k))
    for k in by_remainder[: train - sum(sizes)]:
        sizes[k] += 1
    chosen = np.zeros(len(labels), bool)
    for label, size in zip(classes.tolist(), sizes, strict=True):
        members = np.flatnonzero(labels == label).tolist()
        members.sort(key=lambda index: sha256(f"{label}/{index}".encode()).digest())
        chosen[members[:size]] = True
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)
