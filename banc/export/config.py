"""``config.json``: what a program must know of an export.

In: a ``Subject``. Out: JSON text. Its keys are described in docs/how-to/export.md.
"""

from __future__ import annotations

import json

from banc import __version__
from banc.export.folder import MARK
from banc.export.subject import Subject
from banc.export.words import numbers
from banc.printable import printable_json

VERSION = 1
"""Raised when what is there already changes its meaning; what is only added keeps it."""


def config(subject: Subject) -> str:
    """The file's text, the same for the same run."""
    image = subject.image
    content = {
        MARK: VERSION,
        "banc": __version__,
        "name": subject.name,
        "input": {
            "dtype": "float32",
            "shape": ["batch", image.channels, image.height, image.width],
            "range": [0, 1],
            "mean": subject.facts.mean,
            "std": subject.facts.std,
            "normalised_by_the_program": True,
        },
        "output": {
            "dtype": "float32",
            "shape": ["batch", image.classes],
            "values": "log_probabilities" if subject.ensemble else "logits",
        },
        "classes": subject.facts.classes,
        "parameters": subject.metrics.parameters,
        f"{subject.metrics.on}_error": subject.metrics.error,
        f"{subject.metrics.on}_loss": subject.metrics.loss,
        "test_images": subject.metrics.images,
        "networks": [
            {
                "weights": file,
                "address": network.address,
                "family": network.stage.model.FAMILY,
                **numbers(network.stage.model),
            }
            for file, network in zip(subject.weight_files(), subject.networks, strict=True)
        ],
    }
    return printable_json(json.dumps(content, indent=1, ensure_ascii=False)) + "\n"
