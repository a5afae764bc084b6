"""A recipe and an objective in one line.

In: a training's parameters, as its parameter file has them. Out: text, in the order in which people say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from banc.config.objective import OwnObjective
from banc.digest import Json

_SAID = (
    "epochs",
    "batch",
    "learning_rate",
    "drop_at",
    "drop_factor",
    "momentum",
    "nesterov",
    "weight_decay",
    "schedule",
    "warm_up",
    "optimizer",
    "clip_norm",
    "label_smoothing",
)


def recipe(parameters: Mapping[str, Json]) -> str:
    """``40 epochs, batch 50, learning rate 0.1 (x 0.2 at 0.3, 0.6), momentum 0.9 (Nesterov), ...``."""
    fields: dict[str, Any] = dict(parameters["recipe"])
    augment = fields.pop("augment")
    drops = fields["drop_at"]
    words = [
        f"{fields['epochs']} epoch{'' if fields['epochs'] == 1 else 's'}",
        f"batch {fields['batch']}",
        f"learning rate {fields['learning_rate']:g}"
        + (f" (x {fields['drop_factor']:g} at {', '.join(f'{point:g}' for point in drops)})" if drops else "")
        + (" (cosine)" if fields.get("schedule") == "cosine" else ""),
        *([f"warm-up {fields['warm_up']:g}"] if "warm_up" in fields else []),
        "AdamW"
        if fields.get("optimizer") == "adamw"
        else f"momentum {fields['momentum']:g}{' (Nesterov)' if fields['nesterov'] else ''}",
        f"weight decay {fields['weight_decay']:g}",
        *([f"gradients clipped at {fields['clip_norm']:g}"] if "clip_norm" in fields else []),
        *([f"label smoothing {fields['label_smoothing']:g}"] if "label_smoothing" in fields else []),
        f"pad {augment['pad']}{' with zeros' if augment.get('fill') == 'zeros' else ''}"
        f"{', flip' if augment['flip'] else ''}"
        f"{f', cutout {size}' if (size := augment.get('cutout')) else ''}"
        f"{f', mixup {alpha:g}' if (alpha := augment.get('mixup')) else ''}",
        *(f"{key} {value}" for key, value in fields.items() if key not in _SAID),
    ]
    return ", ".join(words)


def objective(slug: str, parameters: Mapping[str, Json]) -> str:
    """``ban-l``; with its numbers where it has no name of its own; or whose function it is."""
    fields: dict[str, Any] = dict(parameters["objective"])
    kind = fields.pop("kind")
    if kind == OwnObjective.KIND:
        arguments = [f"{key} {value}" for key, value in fields.get("arguments", {}).items()]
        return ", ".join([f"{fields['function']} of {fields['file']}", *arguments])
    if slug != kind or not fields:
        return slug
    return f"{slug}: " + ", ".join(f"{key} {value}" for key, value in fields.items())
