"""A network's weights on disk: safetensors, the same bytes for the same numbers.

In: networks and paths. Out: files and tensors. Nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from banc.runner.arrays import damaged


def save_weights(network: nn.Module, path: Path) -> None:
    """Writes every weight and running statistic, by name, as it lies on the CPU."""
    # Copies: a network may hold one tensor under two names, which the format does not know.
    tensors = {
        name: tensor.cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    }
    # Not `save_file`: a full disk is then an error of the system with its number, as everywhere.
    path.write_bytes(safetensors.torch.save(tensors))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Reads what ``save_weights`` wrote, onto the CPU.

    Raises:
        BancError: the file is damaged.
    """
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise damaged(path) from error


def load_weights(network: nn.Module, path: Path) -> None:
    """Puts what ``save_weights`` wrote into ``network``.

    Raises:
        BancError: the file is damaged, or of another network.
    """
    tensors = read_weights(path)
    shapes = {name: tensor.shape for name, tensor in network.state_dict().items()}
    if {name: tensor.shape for name, tensor in tensors.items()} != shapes:
        raise damaged(path)
    network.load_state_dict(tensors)
