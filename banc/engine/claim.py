"""One ``banc repro``, ``banc submit`` or ``dvc repro`` at a time in a workspace.

In: a workspace. Out: a lock that goes with this process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from banc.errors import UsageError
from banc.running import REPRO, Running, remove_damaged_rwlock, running


def _none(_: Running) -> bool:
    return False


@contextmanager
def claim(
    root: Path, command: str = "banc repro", *, beside: Callable[[Running], bool] = _none
) -> Iterator[None]:
    """Holds the workspace.

    Args:
        command: who does, as a person would type it.
        beside: whether somebody who is at work may go on.

    Raises:
        UsageError: DVC, a stage or another ``banc repro`` is at work in it.
        BancError: the same, where it has begun this instant.
    """
    at_work = running(root)
    if refused := [who for who in at_work if not beside(who)]:
        raise _busy(refused)
    if not at_work:  # otherwise half of it may be on its way
        remove_damaged_rwlock(root)
    path = root / REPRO
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _busy(running(root)) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {os.uname().nodename}: {command}\n")
        file.flush()
        yield


def _busy(at_work: Sequence[Running]) -> UsageError:
    named = " and ".join(map(str, at_work)) or "`banc repro`"
    return UsageError(
        f"{named} is running in this workspace",
        hint="wait for it, or stop it; what it has finished is not run again",
    )
