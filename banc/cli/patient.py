"""Reading a workspace in which something is at work: a file may be half-written at this moment.

In: a function that reads. Out: what it returns, the first time that it can.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from banc.errors import BancError, UsageError

TRIES, PAUSE = 5, 0.2
"""How often a file that DVC or `banc compile` may be writing at this moment is read, and seconds between."""

_Read = TypeVar("_Read")


def patient(read: Callable[[], _Read]) -> _Read:
    """``read()``, again where it met a file that was half-written."""
    for _ in range(TRIES - 1):
        try:
            return read()
        except UsageError:
            raise
        except BancError:
            time.sleep(PAUSE)
    return read()
