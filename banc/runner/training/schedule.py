"""The learning rate of every step, as a function of the recipe and of where in the run the step is.

In: a recipe and a step. Out: a number. Fractions of a run are those of the decimal numbers that a person
writes: as floats 0.07 of 100 epochs is a little more than 7 of them.
"""

from __future__ import annotations

import math
from fractions import Fraction

from banc.config.recipe import Recipe


def learning_rate(recipe: Recipe, epoch: int, step: int = 0, steps: int = 1) -> float:
    """The learning rate of a step.

    With ``schedule = "steps"`` it drops at the first epoch that begins at or after the said part of the run.
    With ``"cosine"`` it is r (1 + cos(pi t)) / 2, where t goes from 0 at the first step after the warm-up to
    1 at the end of the last step: equation 5 of Loshchilov and Hutter (arXiv 1608.03983), without restarts.
    In a warm-up of w steps, step i, counted from 0, has the rate r (i + 1) / w.

    Args:
        epoch: counted from 0.
        step: of the epoch, counted from 0.
        steps: how many the epoch has.
    """
    total, number = recipe.epochs * steps, epoch * steps + step
    warm = math.ceil(_exact(recipe.warm_up) * total)
    rising = min(1.0, (number + 1) / warm) if warm else 1.0
    match recipe.schedule:
        case "steps":
            drops = sum(epoch >= _exact(point) * recipe.epochs for point in recipe.drop_at)
            return recipe.learning_rate * recipe.drop_factor**drops * rising
        case "cosine":
            if number < warm:
                return recipe.learning_rate * rising
            return recipe.learning_rate * (1 + math.cos(math.pi * (number - warm) / (total - warm))) / 2


def _exact(point: float) -> Fraction:
    return Fraction(str(point))
