"""A finished network, ready to be asked: what ``banc.load_model`` gives.

In: a network's file, which says what it holds. Out: the network, on the CPU, in evaluation mode.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from banc.runner.files.network_file import describe, load_network


def trained(root: Path, path: Path) -> nn.Module:
    """The network in the file ``path`` of the workspace ``root``.

    Draws nothing from torch's global generator, whose state stays as it is.

    Raises:
        BancError: the file is damaged, or of a version of banc that wrote it otherwise.
        Unusable: a network of a person's own cannot be built.
    """
    with torch.random.fork_rng(devices=[]):
        network = load_network(path, describe(path), root)
    return network.eval()
