"""What a column can show of its runs: how it is computed, said and compared.

In: what is known of a score. Out: its number in the quantity's unit, and words. A quantity that is added to
``stage.layout.Quantity`` gets a line in each of these functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from banc.report.collect import AllDetails, Results
from banc.stage.kinds import Address, Part
from banc.stage.layout import Quantity
from banc.stage.metrics import BINS


def number(
    quantity: Quantity,
    score: Address,
    results: Results,
    details: AllDetails,
    teachers: Mapping[Address, Address],
) -> float | None:
    """The quantity of one score; None where it is not finished, or was made before this was measured.

    Args:
        teachers: by score, that of the teacher.
    """
    metrics, more = results.get(score), details.get(score)
    if metrics is None:
        return None
    match quantity:
        case "error":
            return metrics.error
        case "accuracy":
            return 100 - metrics.error
        case "loss":
            return metrics.loss
        case "parameters":
            return metrics.parameters / 1e6
        case "top-5":
            return None if more is None else more.quality.top5_error
        case "brier":
            return None if more is None else more.quality.brier
        case "calibration":
            return None if more is None else more.quality.calibration_error
        case "diversity":
            return None if more is None else more.quality.diversity
        case "gain":
            return None if more is None else more.quality.gain
        case "agreement":
            teacher = details.get(teachers[score]) if score in teachers else None
            if more is None or teacher is None or len(more.outcomes) != len(teacher.outcomes):
                return None
            return 100 * float((more.outcomes == teacher.outcomes).mean())


def unit(quantity: Quantity) -> str:
    """In one word, for programs."""
    match quantity:
        case "error" | "accuracy" | "top-5" | "calibration" | "agreement" | "diversity" | "gain":
            return "percent"
        case "loss":
            return "nats"
        case "brier":
            return "squared distance"
        case "parameters":
            return "million"


def words(quantity: Quantity, on: Part = "test") -> str:
    """What it is, as a note says it; ``on``: the images that it is of."""
    match quantity:
        case "error":
            return f"{on} error in percent"
        case "accuracy":
            return f"{on} accuracy in percent"
        case "top-5":
            return "top-5 error in percent"
        case "loss":
            return "negative log-likelihood in nats"
        case "brier":
            return "Brier score, from 0 to 2"
        case "calibration":
            return f"expected calibration error in percent ({BINS} bins of equal width)"
        case "agreement":
            return "images on which it says what its teacher says, in percent"
        case "diversity":
            return "images on which two members differ, in percent, mean of the pairs"
        case "gain":
            return "the members' mean error less its own, in percent"
        case "parameters":
            return "trained parameters in millions"


def best(quantity: Quantity) -> Literal["least", "most"] | None:
    """Which value is the best; None where none is."""
    match quantity:
        case "error" | "top-5" | "loss" | "brier" | "calibration":
            return "least"
        case "accuracy" | "gain":
            return "most"
        case "agreement" | "diversity" | "parameters":
            return None


def decimals(quantity: Quantity, digits: int) -> int:
    """Decimal places, where an error has ``digits``: what is no percentage has two more."""
    return digits if unit(quantity) == "percent" else digits + 2
