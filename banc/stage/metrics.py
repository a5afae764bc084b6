"""What a ``score`` stage found, and what its files must look like.

In: a value that JSON gave. Out: ``Metrics`` or ``Quality``, or why it is none. Who reads a file says which
file it is.
"""

from __future__ import annotations

import json

from attrs import frozen

from banc.digest import Json
from banc.stage.kinds import Part

BINS = 15
"""Into which confidences from 0 to 1 are sorted, all of the same width."""

_HUGE = 1e300
"""Beyond every number that a score can hold; a float can still hold it."""


@frozen
class Metrics:
    """What a ``score`` stage found, over all images of a part."""

    error: float
    """In percent."""
    loss: float
    """Cross-entropy with the labels, in nats: the negative log-likelihood of an image."""
    images: int
    members: int
    parameters: int
    """Parameters of all members together."""
    on: Part = "test"
    """Whether the images are those of the test set, or were held out of training for validation."""


@frozen
class Bin:
    """Images whose highest probability is in one of ``BINS`` intervals."""

    images: int
    confidence: float
    """Mean of their highest probabilities; 0 without images."""
    accuracy: float
    """The fraction of them that is classified rightly; 0 without images."""


@frozen
class Quality:
    """What else the probabilities over these images tell."""

    top5_error: float
    """In percent: the label is not among the five most probable classes."""
    brier: float
    """Squared distance of an image's probabilities from its label, summed over classes, 0 to 2; the mean."""
    calibration_error: float
    """In percent: |accuracy - confidence|, averaged over the images of ``BINS`` bins of equal width."""
    reliability: tuple[Bin, ...]
    """The bins, by confidence."""
    diversity: float | None = None
    """In percent: of an ensemble, on how many images two of its members differ, averaged over the pairs."""
    gain: float | None = None
    """In percent: of an ensemble, its members' mean error less its own."""


def metrics_from(value: Json, of: str = "") -> Metrics:
    """The metrics that ``value`` holds.

    Args:
        of: whose they are, as it stands in a message, where a file holds those of several scores.

    Raises:
        ValueError: it holds none; its text says why, as the end of a sentence.
    """
    if not isinstance(value, dict):
        raise ValueError(f"the metrics{of} are no table of numbers")

    def count(key: str) -> int:
        if type(value.get(key)) is not int or not 0 < value[key] <= _HUGE:
            raise ValueError(f"`{key}`{of} is {json.dumps(value.get(key))}, which it cannot be")
        return int(value[key])

    on: Part = "validation" if "validation_error" in value else "test"
    return Metrics(
        error=_number(value, f"{on}_error", of, most=100),
        loss=_number(value, f"{on}_loss", of),
        images=count("images"),
        members=count("members"),
        parameters=count("parameters"),
        on=on,
    )


def metrics_record(metrics: Metrics) -> dict[str, Json]:
    """What ``metrics_from`` reads: the names say which images the numbers are of."""
    return {
        f"{metrics.on}_error": metrics.error,
        f"{metrics.on}_loss": metrics.loss,
        "images": metrics.images,
        "members": metrics.members,
        "parameters": metrics.parameters,
    }


def quality_from(value: Json, of: str = "") -> Quality:
    """The quality that ``value`` holds; arguments and errors as those of ``metrics_from``."""
    if not isinstance(value, dict):
        raise ValueError(f"the metrics{of} are no table of numbers")
    bins = value.get("reliability")
    if (
        not isinstance(bins, list)
        or len(bins) != BINS
        or not all(isinstance(one_bin, dict) for one_bin in bins)
    ):
        raise ValueError(f"`reliability`{of} has not {BINS} bins")
    several = value.get("diversity") is not None
    return Quality(
        top5_error=_number(value, "top5_error", of, most=100),
        brier=_number(value, "brier", of, most=2),
        calibration_error=_number(value, "calibration_error", of, most=100),
        reliability=tuple(
            Bin(
                int(_number(one_bin, "images", of)),
                _number(one_bin, "confidence", of, most=1),
                _number(one_bin, "accuracy", of, most=1),
            )
            for one_bin in bins
        ),
        diversity=_number(value, "diversity", of, most=100) if several else None,
        gain=_number(value, "gain", of, least=-100, most=100) if several else None,
    )


def _number(value: Json, key: str, of: str, least: float = 0, most: float = _HUGE) -> float:
    if type(value.get(key)) not in (int, float) or not least <= value[key] <= most:
        raise ValueError(f"`{key}`{of} is {json.dumps(value.get(key))}, which it cannot be")
    return float(value[key])
