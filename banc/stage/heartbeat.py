"""What a running stage leaves for whoever watches, and a failed one: values, and the text of their files.

Written by ``runner.process``, read by ``state.progress``. These files are no output of a stage: they hold
times and host names, and no number depends on them. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

import json
from typing import TypeVar

from attrs import frozen

from banc.config.converter import new_converter
from banc.paths import PRIVATE

PROGRESS = f"{PRIVATE}/progress"
"""One file a stage that is running, or that was killed or stopped."""


FAILURES = f"{PRIVATE}/failures"
"""One file a stage whose last run failed."""


@frozen
class Heartbeat:
    """How far a stage is."""

    kind: str
    process: int
    host: str
    since: float
    """When this process began."""
    at: float
    """When this was written."""
    phase: str = ""
    """``epoch 12 of 40``; empty until the loop begins."""
    epoch: int | None = None
    """The epoch of a training that is at work, from 1."""
    epochs: int | None = None
    done: int = 0
    """Images that are through, in all epochs; of a prediction, outputs."""
    total: int = 0
    images_per_second: float | None = None
    """Mean since the loop began."""
    loss: float | None = None
    """Mean training loss of the last finished epoch."""
    error: float | None = None
    """Training error of the last finished epoch, in percent."""
    device: str = ""
    losses: tuple[float, ...] = ()
    """Of finished epochs, the first one to the last, at most ``runner.process.progress.POINTS`` of them."""
    errors: tuple[float, ...] = ()
    """The same epochs'."""


@frozen
class Failure:
    """Why a stage's last run ended otherwise than well."""

    message: str
    """The first line."""
    when: float
    exit_code: int
    hint: str | None = None
    where: str = ""
    """``epoch 3 of 40``; empty where there was no loop yet."""


_CONVERTER = new_converter()
_Kind = TypeVar("_Kind", Heartbeat, Failure)


def beat_text(value: Heartbeat | Failure) -> str:
    """The file of ``value``: one line of JSON.

    Raises:
        ValueError: a number in it is not finite.
    """
    return json.dumps(_CONVERTER.unstructure(value), allow_nan=False) + "\n"


def parse_beat(kind: type[_Kind], text: str) -> _Kind | None:
    """The value of a file's ``text``; None where it is not what ``beat_text`` writes."""
    try:
        return _CONVERTER.structure(json.loads(text), kind)
    except (Exception, RecursionError):  # whatever a damaged file brings about
        return None
