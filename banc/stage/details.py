"""What a table keeps of each score besides its metrics, as text that is committed.

One line a score. A fresh clone, which has neither ``runs/`` nor DVC's cache, compares networks image by
image with it. In: a score's quality and outcomes. Out: the file's text; and the way back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import attrs
from attrs import frozen

from banc.digest import Json
from banc.stage.kinds import Address
from banc.stage.metrics import Quality, quality_from
from banc.stage.outcomes import Outcomes, packed, unpacked


@frozen(eq=False)
class Details:
    """What a score found besides its metrics."""

    quality: Quality
    outcomes: Outcomes


def details_text(details: Mapping[Address, Details]) -> str:
    """``{"scores": {address: {...}}}``."""
    lines = [
        f" {json.dumps(address)}: {json.dumps(_record(details[address]))}" for address in sorted(details)
    ]
    return '{"scores": {\n' + ",\n".join(lines) + "\n}}\n"


def _record(details: Details) -> Json:
    quality = attrs.asdict(details.quality)
    quality["reliability"] = [list(attrs.astuple(one_bin)) for one_bin in details.quality.reliability]
    return {**quality, "images": len(details.outcomes), **packed(details.outcomes)}


def details_from(value: Json, of: str = "") -> Details:
    """The details of one score.

    Args:
        of: whose they are, as it stands in a message.

    Raises:
        ValueError: it holds none; its text says why, as the end of a sentence.
    """
    if not isinstance(value, dict) or not isinstance(bins := value.get("reliability"), list):
        raise ValueError(f"the details{of} are no table of numbers")
    if not all(isinstance(one_bin, list) and len(one_bin) == 3 for one_bin in bins):
        raise ValueError(f"`reliability`{of} has no bins")
    named = [dict(zip(("images", "confidence", "accuracy"), one_bin, strict=True)) for one_bin in bins]
    images = value.get("images")
    if type(images) is not int or images < 1:
        raise ValueError(f"`images`{of} is {json.dumps(images)}, which it cannot be")
    return Details(quality_from({**value, "reliability": named}, of), unpacked(value, images))
