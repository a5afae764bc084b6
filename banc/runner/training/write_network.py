"""A network as a stage leaves it, wherever it was trained: what ``train`` and ``import`` both write.

In: a network, its outputs on images that it was not trained on, and what it was made with. Out: weights,
outputs and facts as files of the stage. Whoever reads them does not ask which kind of stage wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from banc.digest import Json
from banc.models.build import count_parameters
from banc.runner.files.network_file import Description, save_network
from banc.runner.files.npy import write_array
from banc.stage.files import FACTS, MODEL, OUTPUTS_ON
from banc.stage.kinds import Part


def write_network(
    folder: Path,
    network: nn.Module,
    description: Description,
    outputs: Mapping[Part, Tensor],
    facts: Mapping[str, Json],
) -> None:
    """Writes ``model.safetensors``, ``model.json`` and a file of outputs for each part.

    Args:
        outputs: logits (N, classes).
        facts: what ``model.json`` says beside the number of parameters.
    """
    for part, logits in outputs.items():
        write_array(folder / OUTPUTS_ON[part], logits.cpu().numpy())
    save_network(network, description, folder / MODEL)
    every = {"parameters": count_parameters(network), **facts}
    (folder / FACTS).write_text(json.dumps(every, indent=1, sort_keys=True) + "\n")
