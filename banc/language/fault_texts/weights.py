"""Networks that were trained elsewhere."""

from __future__ import annotations

from typing import Final

NO_WEIGHTS: Final = (
    "BANC060",
    "a file of weights that cannot be used",
    "A pretrained network names a file that is not in the workspace, cannot be read, or is neither "
    "safetensors nor a state dict by its name. The workspace is the nearest folder at or above the spec "
    "that holds `.dvc`.",
    "Put the file into the workspace, as in `weights/wrn.safetensors`, and write its path relative to "
    "the workspace, with `/`. Names end with `.safetensors`, or with `.pt`, `.pth` or `.bin` for a state "
    "dict.",
)

OTHER_WEIGHTS: Final = (
    "BANC061",
    "other weights than the spec says",
    "The file's SHA-256 digest is not the one in the spec: the file was replaced or edited, or the "
    "digest is of another file.",
    "Bring the right file back. If these are the weights that you mean, write the digest that "
    "`sha256sum FILE` prints; the network and all that learns from it then run again.",
)

WEIGHTS_DO_NOT_FIT: Final = (
    "BANC062",
    "weights of another network",
    "The names, shapes or number types in the file are not those of the model: it is another network, "
    "has another number of classes or input channels, or the file was written with other names.",
    "Correct the model, or convert the file: `banc manual how-to/pretrained` shows how to see both lists "
    "of names and how to write a file with the right ones.",
)

WEIGHTS_ABSENT: Final = (
    "BANC063",
    "weights that are not here",
    "A `.dvc` file says that DVC has the weights, but they are not in the workspace, so nothing was "
    "compared.",
    "`dvc pull FILE` fetches them. They are needed only where the network or what learns from it runs.",
    "warning",
)
