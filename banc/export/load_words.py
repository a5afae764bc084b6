"""The part of a model card that says how its files are loaded, without banc.

In: a ``Subject``. Out: Markdown with Python that runs as it stands in the folder of the export.
"""

from __future__ import annotations

from banc.export.subject import Subject

_PROGRAM = """```python
import json
from pathlib import Path

import torch

program = torch.export.load("model.pt2").module()
images = torch.rand(5, {channels}, {height}, {width})  # float32 (N, {channels}, {height}, {width}) in [0, 1]
with torch.inference_mode():
    {name} = program(images)  # float32 (N, {classes})
classes = json.loads(Path("config.json").read_text(encoding="utf-8"))["classes"]
print([classes[number] for number in {name}.argmax(1)])
```
"""

_WEIGHTS = """```python
from safetensors.torch import load_file

weights = load_file("{file}")  # names to tensors
```
"""


def load_words(subject: Subject, *, program: bool) -> str:
    """Sentences and code: for the program, where there is one, and for the weights."""
    image = subject.image
    values = "log-probabilities" if subject.ensemble else "logits"
    parts = []
    if program:
        parts += [
            f"`model.pt2` needs PyTorch alone. It reads images between 0 and 1 (divide bytes by 255) and "
            f"normalises them itself; it gives {values}. The size of the batch is free. It stays in "
            "evaluation mode. A file of this kind can contain pickled objects: load it only if you "
            "trust who made it.\n",
            _PROGRAM.format(
                channels=image.channels,
                height=image.height,
                width=image.width,
                classes=image.classes,
                name="log_probabilities" if subject.ensemble else "logits",
            ),
        ]
    several = "each network's weights" if subject.ensemble else "the weights"
    parts += [
        f"The safetensors hold {several} alone, to be put into a network of the same layers. Such a network "
        "reads images that are normalised by `mean` and `std` of `config.json`.\n",
        _WEIGHTS.format(file=subject.weight_files()[0]),
    ]
    return "\n".join(parts)
