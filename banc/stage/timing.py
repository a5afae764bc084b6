"""How long stages took: the one line that a stage leaves when it ends, and which network it is about.

Written by the runner, read by ``state.timings``. It is no output of a stage, whose bytes would then differ
each time. Estimates alone hang on it, so a line that is lost or damaged is left out.
"""

from __future__ import annotations

import json
from typing import Annotated

import attrs
from attrs import frozen

from banc.config.constraints import Bound
from banc.config.converter import Rejected, new_converter
from banc.config.image import ImageShape
from banc.config.model import Model
from banc.digest import short_digest
from banc.machine import Device
from banc.paths import PRIVATE

FILE = f"{PRIVATE}/timings.jsonl"
"""What ran in this workspace: a line a stage, the latest last."""

BROUGHT = "timings.jsonl"
"""A copy of such a file from another machine, which a person put into the workspace."""

VERSION = 1

_CONVERTER = new_converter()

Seconds = Annotated[float, Bound(at_least=0, at_most=1e12)]
Count = Annotated[int, Bound(at_least=0, at_most=10**18)]


Moment = Annotated[float, Bound(at_least=0, at_most=1e12)]
"""Seconds since 1970."""


@frozen
class Drawn:
    """What a counter of energy counted while a stage ran, of a whole device (``stage.energy``)."""

    counter: str
    """``cpu <boot> package-0``, ``gpu GPU-<UUID>``: the same for all stages on that device."""
    joules: Annotated[float, Bound(at_least=0, at_most=1e15)]
    since: Moment
    until: Moment


@frozen
class Timing:
    """One run of one stage, from its first to its last act."""

    address: str
    kind: str
    device: Device
    around: Seconds
    """Seconds for everything beside the images: starting, reading, building, writing."""
    ended: Count
    """When the stage ended, in seconds since 1970."""
    threads: Count = 0
    """Number of CPU threads; 0 on a GPU."""
    torch: str = ""
    network: str = ""
    """``network_key``; empty where there is none."""
    slug: str = ""
    """The network's slug, for people."""
    parameters: Count | None = None
    multiply_adds: Count | None = None
    """Multiply-adds of one forward pass of one image. None: a custom network."""
    layers: Count | None = None
    precision: str = ""
    batch: Count = 0
    """Batch size of a training."""
    stored: Count = 0
    """Number of teachers whose stored outputs are read."""
    live: tuple[str, ...] = ()
    """The networks of teachers that compute beside it, sorted."""
    images: Count = 0
    """Number of images processed in this run: epochs times images, without what a checkpoint saved. For a
    prediction, number of outputs."""
    seconds: Seconds = 0.0
    """Seconds for these images."""
    tested: Count = 0
    """Number of test images."""
    test_seconds: Seconds = 0.0
    memory: Count = 0
    """Bytes of a GPU's memory that torch held at most; 0 on a CPU, and where it is not known."""
    energy: tuple[Drawn, ...] = ()
    """Of each counter that could be read. A device that is not among them: not known."""

    @property
    def whole(self) -> float:
        """Seconds from the first to the last act."""
        return self.around + self.seconds + self.test_seconds


def network_key(model: Model, image: ImageShape) -> str:
    """The same for networks that take equally long for an image. How many classes there are hardly counts."""
    shape = [image.channels, image.height, image.width]
    return short_digest({"tag": model.TAG, "model": _CONVERTER.unstructure(model), "image": shape})


def timing_line(timing: Timing) -> str:
    """One line of JSON, without its end."""
    return json.dumps({"timing": VERSION, **attrs.asdict(timing)}, separators=(",", ":"), allow_nan=False)


def timing_from(line: str) -> Timing | None:
    """What a line says; None: nothing that this version understands."""
    try:
        value = json.loads(line)
        if not isinstance(value, dict) or value.pop("timing", None) != VERSION:
            return None
        timing: Timing = _CONVERTER.structure(value, Timing)
    except (ValueError, TypeError, KeyError, RecursionError, Rejected, ExceptionGroup):
        return None
    return timing
