"""A user's own folder of images.

In: ``train/<class>/<image>`` and ``test/<class>/<image>``, PNG or JPEG, and their digest. Out: a
``Split``, classes in the order of their names, images in the order of theirs. Names that begin with a dot
are passed over; anything else that is no image of a class is refused, not skipped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from banc.config.data import Folder
from banc.errors import BancError
from banc.runner.datasets.pinned import pinned
from banc.runner.datasets.split import LabelledImages, Split

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""By the end of a file's name, whatever its case."""

MODES = {1: ("1", "L"), 3: ("RGB", "L", "P")}
"""Pillow's words for pixels that become 1 or 3 channels without loss."""

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError)
"""What Pillow raises of a file that is no whole image."""


def image_folder(source: Folder, root: Path) -> Split:
    """Reads every image and holds it to the spec.

    Raises:
        BancError: a file is no image of the spec's shape, or stands where none belongs; or the files are
            not those that the spec pins.
    """
    where = root / source.path
    parts = {part: _listed(source, where, part) for part in ("train", "test")}
    classes = sorted(parts["train"], key=os.fsencode)
    if new := sorted(parts["test"].keys() - parts["train"].keys()):
        raise BancError(
            f"`{source.path}/test/{new[0]}` is a class that `{source.path}/train` does not have",
            hint="`train` and `test` need the same folders: correct the name, or remove the folder",
        )
    names = {
        part: [name for label in classes for name in images.get(label, ())] for part, images in parts.items()
    }
    _count(source, names, classes)
    pinned(source, where, [*names["train"], *names["test"]])
    read = {part: _read(source, where, names[part], classes) for part in parts}
    return Split(*read["train"], *read["test"], tuple(classes))


def _listed(source: Folder, where: Path, part: str) -> dict[str, list[str]]:
    """The images of each class, relative to ``where``."""
    if not (where / part).is_dir():
        raise BancError(
            f"`{source.path}/{part}` is no folder",
            hint=f"put the images of a class `cat` into `{source.path}/{part}/cat/`",
        )
    by_class: dict[str, list[str]] = {}
    for label in _seen(where / part):
        if not (where / part / label).is_dir():
            raise _astray(f"{source.path}/{part}/{label}", "a folder for each class")
        by_class[label] = [f"{part}/{label}/{name}" for name in _seen(where / part / label)]
        for name in by_class[label]:
            if not (where / name).is_file() or Path(name).suffix.lower() not in FORMATS:
                raise _astray(f"{source.path}/{name}", "images whose names end with .png, .jpg or .jpeg")
    return by_class


def _seen(where: Path) -> list[str]:
    return sorted((name for name in os.listdir(where) if not name.startswith(".")), key=os.fsencode)


def _astray(name: str, expected: str) -> BancError:
    return BancError(f"`{name}` does not belong there: expected {expected}", hint="move it out of the folder")


def _count(source: Folder, names: dict[str, list[str]], classes: Sequence[str]) -> None:
    folders = {"train": source.train, "test": source.test, "classes": source.classes}
    actual = {"train": len(names["train"]), "test": len(names["test"]), "classes": len(classes)}
    if folders != actual:
        raise BancError(
            f"`{source.path}` holds {_spelled(actual)}; the spec says {_spelled(folders)}",
            hint="correct the spec, or the folder",
        )


def _spelled(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} = {number}" for name, number in numbers.items())


def _read(source: Folder, where: Path, names: Sequence[str], classes: Sequence[str]) -> LabelledImages:
    shape = source.shape
    images = np.empty((len(names), shape.channels, shape.height, shape.width), np.uint8)
    labels = np.empty(len(names), "<i8")
    numbers = {label: number for number, label in enumerate(classes)}
    for row, name in enumerate(names):
        images[row] = _image(source, where / name, name)
        labels[row] = numbers[name.split("/")[1]]
    return images, labels


def _image(source: Folder, path: Path, name: str) -> NDArray[np.uint8]:
    """One image, (C, H, W)."""
    from PIL import Image

    expected = FORMATS[path.suffix.lower()]
    try:
        with Image.open(path, formats=sorted(set(FORMATS.values()))) as image:
            if reason := _misfit(source, image, expected):
                raise BancError(
                    f"`{source.path}/{name}` {reason}",
                    hint="correct the spec's `height`, `width` or `channels`, or convert the image",
                )
            pixels: NDArray[np.uint8] = np.asarray(image.convert("L" if source.channels == 1 else "RGB"))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        raise BancError(
            f"`{source.path}/{name}` is no readable {expected} image: {str(error).lower()}",
            hint="restore it, or remove it and correct the spec",
        ) from error
    return pixels[None] if source.channels == 1 else pixels.transpose(2, 0, 1)


def _misfit(source: Folder, image: Any, expected: str) -> str | None:
    """Why an image is not what the spec and its name say."""
    if image.format != expected:
        return f"holds a {image.format} image"
    if image.size != (source.width, source.height):
        return f"is {image.height}x{image.width}; the spec says {source.height}x{source.width}"
    if image.mode not in MODES[source.channels] or "transparency" in image.info:
        return f"has pixels of kind {image.mode}, which are not {source.channels} channels of 8 bits"
    return None
