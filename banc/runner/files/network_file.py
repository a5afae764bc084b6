"""A trained network in one file: its weights, and in the file's header what others must know of it.

So whoever reads the file needs no parameter file of the stage that wrote it. In: a network and its
``Description``. Out: a safetensors file, and back. Of a person's own network the file says which source it
is of, by digest; that source still lies in the workspace.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from attrs import frozen
from torch import nn

from banc.config.converter import Rejected, new_converter
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.digest import canonical
from banc.errors import BancError
from banc.models.build import build
from banc.runner.files.npy import damaged
from banc.runner.files.weights import load_weights, read_header, save_weights

HEADER = "banc"
"""The one key of the header. With several, their order would not be the same each time."""

FORMAT = 1
"""Raised when a reader of today could not make sense of a file of tomorrow."""

BYTES = 4
"""Of a weight, of which each network has as many as its parameters and some statistics more."""

_CONVERTER = new_converter()


@frozen
class Description:
    """What is known of a network beside its weights: enough to build it and to ask it."""

    model: Model
    image: ImageShape
    """The images that it reads, and how many classes it tells apart."""
    precision: Literal["float32", "bfloat16"]
    """Numbers of its forward pass."""
    deterministic: bool
    """Whether it was trained by algorithms that give the same bytes each time; it is asked by the same."""


def save_network(network: nn.Module, description: Description, path: Path) -> None:
    """Writes weights and description: the same bytes for the same network."""
    header = {"format": FORMAT, **_CONVERTER.unstructure(description)}
    save_weights(network, path, {HEADER: canonical(header)})


def describe(path: Path) -> Description:
    """Reads the header, and none of the weights.

    Raises:
        BancError: the file is damaged, or of an older or newer version of banc.
    """
    text = read_header(path).get(HEADER)
    if text is None:
        raise BancError(
            f"`{path}` does not say which network it holds: it was not written by this version of banc",
            hint="run `banc compile` with the specs that you work on; `dvc repro` then makes what is missing",
        )
    try:
        header = json.loads(text)
        form = header.pop("format")
        if type(form) is int and form > FORMAT:
            raise BancError(
                f"`{path}` has format `{form}`, and this version of banc reads format {FORMAT}",
                hint="a newer version of banc wrote it: use that, or delete the file and run `dvc repro`",
            )
        if type(form) is not int or form != FORMAT:
            raise damaged(path)
        return _CONVERTER.structure(header, Description)
    except (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        RecursionError,
        Rejected,
        ExceptionGroup,
    ) as error:
        raise damaged(path) from error


def load_network(path: Path, description: Description, root: Path) -> nn.Module:
    """The network that the file holds, on the CPU. Draws numbers from torch's global generator.

    Args:
        description: what ``describe`` read in the same file.
        root: the workspace, in which the file of a person's own network lies.

    Raises:
        BancError: the weights are damaged, or not those of the network that is described.
        Unusable: a person's own network cannot be built.
    """
    # Before memory is taken for a network that a header of a few words makes as large as it likes.
    count, size = description.model.parameters(description.image), path.stat().st_size
    if count is not None and count * BYTES > size:
        raise damaged(path, f"it says that it holds {count:,} weights, and has {size:,} bytes")
    network = build(description.model, description.image, root)
    load_weights(network, path)
    return network
