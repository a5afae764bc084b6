"""The optimizer that a recipe names: each has ``weights``, ``state``, ``zero_grad`` and ``step``."""

from __future__ import annotations

from collections.abc import Iterable

from torch.nn import Parameter

from banc.config.recipe import Recipe
from banc.runner.training.adamw import AdamW
from banc.runner.training.sgd import Sgd

Optimizer = Sgd | AdamW


def new_optimizer(parameters: Iterable[Parameter], recipe: Recipe) -> Optimizer:
    """At its beginning, for what is trained of ``parameters``."""
    match recipe.optimizer:
        case "sgd":
            return Sgd(parameters, recipe)
        case "adamw":
            return AdamW(parameters, recipe)
