"""What is left of a stage that failed: the first line of why, for whoever looks later.

In: the exception that ended the stage. Out: ``.banc/failures/<address>.json`` (``stage.heartbeat``). A stage
that was asked to stop has not failed.
"""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path

from banc.errors import BancError
from banc.paths import write_atomically
from banc.runner.process.failures import Lost
from banc.runner.process.guard import Busy
from banc.stage.heartbeat import FAILURES, Failure, beat_text
from banc.stage.kinds import Address

_ASKED = {128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
"""Exit codes of what was asked to stop."""


def record_failure(
    root: Path, address: Address, error: Exception, where: str, *, overwrite: bool = True
) -> None:
    """Writes down why the stage ended, unless it was asked to or is at work in another process.

    Where the disk refuses, nothing happens: the error itself is what is to be told.

    Args:
        where: how far the stage was; may be empty.
        overwrite: otherwise what another process of the training wrote stays: it knows the cause.
    """
    if isinstance(error, Busy):
        return
    if isinstance(error, BancError):
        if error.exit_code in _ASKED:
            return
        message, hint, code = error.message, error.hint, error.exit_code
    else:
        message, hint, code = f"{type(error).__name__}: {error}".rstrip(": "), None, 1
    path = _path(root, address)
    if path.exists() and (not overwrite or isinstance(error, Lost)):
        return
    line = (message.splitlines() or [""])[0]
    with suppress(BancError, ValueError):
        write_atomically(path, beat_text(Failure(line, time.time(), code, hint, where)))


def forget_failure(root: Path, address: Address) -> None:
    """Removes what an earlier run left."""
    with suppress(OSError):
        _path(root, address).unlink(missing_ok=True)


def _path(root: Path, address: Address) -> Path:
    return root / FAILURES / f"{address}.json"
