"""A network's weights on disk: safetensors, the same bytes for the same numbers.

In: networks and paths. Out: files and tensors. Nothing is unpickled. What a file's header says is
``network_file``'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from banc.errors import BancError
from banc.runner.files.npy import damaged


def save_weights(network: nn.Module, path: Path, header: Mapping[str, str] | None = None) -> None:
    """Writes every weight and running statistic, by name, as it lies on the CPU; and words of any kind."""
    # Copies: a network may hold one tensor under two names, which the format does not know.
    tensors = {
        name: tensor.cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    }
    # Not `save_file`: a full disk is then an error of the system with its number, as everywhere.
    path.write_bytes(safetensors.torch.save(tensors, dict(header) if header else None))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Reads the tensors that ``save_weights`` wrote, onto the CPU.

    Raises:
        BancError: the file is damaged.
    """
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise damaged(path) from error


def read_header(path: Path) -> dict[str, str]:
    """Reads the words that ``save_weights`` wrote beside the tensors, and no tensor.

    Raises:
        BancError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except SafetensorError as error:
        raise damaged(path) from error


def load_weights(network: nn.Module, path: Path) -> None:
    """Puts what ``save_weights`` wrote into ``network``, which was just built.

    Raises:
        BancError: the file is damaged; or its names, shapes or number types are not the network's; or a
            number is not finite where the network's own first ones are.
    """
    tensors = read_weights(path)
    check_fits(path, network.state_dict(), tensors)
    network.load_state_dict(tensors)


def check_fits(path: Path, ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    """Holds the tensors of a file against those of a network that they are to replace.

    Raises:
        BancError: names, shapes or number types differ; or a number in the file is not finite where all
            numbers of that tensor are finite in the network, as in all but a person's own masks.
    """
    if odd := sorted(ours.keys() ^ theirs.keys()):
        raise _unfit(path, f"`{odd[0]}` is in {'the network' if odd[0] in ours else 'the file'} alone")
    for name, tensor in theirs.items():
        if (tensor.dtype, tensor.shape) != (ours[name].dtype, ours[name].shape):
            raise _unfit(path, f"`{name}` is {_kind(tensor)}, expected {_kind(ours[name])}")
        if not torch.isfinite(tensor).all() and torch.isfinite(ours[name]).all():
            raise _unfit(path, f"`{name}` has a number that is not finite")


def _unfit(path: Path, why: str) -> BancError:
    general = damaged(path)
    return BancError(f"{general.message}: {why}", hint=general.hint)


def _kind(tensor: Tensor) -> str:
    shape = "x".join(map(str, tensor.shape)) or "one number"
    return f"{str(tensor.dtype).removeprefix('torch.')} ({shape})"
