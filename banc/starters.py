"""Who started this process, and whether that is already gone.

In: what the system says of this process and those above it. Out: process numbers. Only the standard library's
``os`` is imported: ``banc`` calls this before anything that takes time, because whoever starts a stage may be
killed while Python still imports.

DVC runs a command itself or through a shell, and gives either of them DVC_STAGE. So where that is set, the
processes above this one that have it too were started by DVC, and the one above those is DVC. It is not,
where DVC died before this process's first instruction: init, or another process that takes in orphans, stands
in its place. One can tell by the session, which a child has from who started it, and by init being no Python.
What is not noticed: a process other than init that takes in orphans of its own session.
"""

from __future__ import annotations

import os

BY_DVC = "DVC_STAGE"
"""DVC sets it for what it runs."""

BY_LAUNCH = "BANC_LAUNCHER"
"""Set for the processes of one training: the number of the process that started them."""

FORK_SERVER = "fork-server"
"""``banc fork-server N`` answers requests on the socket N: ``runner.process.fork_server``. Not for people."""

HIGHEST = 16
"""Processes at most that are looked at, from here upwards."""

Chain = tuple[int, ...]
"""Process numbers, the parent's first."""

_at_first: dict[int, Chain] = {}
"""By process: one that is forked has its parent's memory."""


def remember() -> None:
    """Keeps who started this process. To be called as its first act."""
    _at_first[os.getpid()] = starters()


def remembered() -> Chain:
    """Those of ``remember``; where it was not called, those of now."""
    return _at_first.get(os.getpid()) or starters()


def starters() -> Chain:
    """The parent, and the processes between it and DVC or a person, as far as one can see.

    Those in between are what DVC started, and shells for one command (``sh -c``).
    """
    chain = [os.getppid()]
    by_dvc = os.environ.get(BY_DVC)
    while chain[-1] > 1 and len(chain) < HIGHEST and _only_passes_on(chain[-1], by_dvc):
        above = _parent(chain[-1])
        if above is None:
            break
        chain.append(above)
    return tuple(chain)


def is_by_hand() -> bool:
    """Whether neither DVC nor ``banc`` itself started this process."""
    return BY_DVC not in os.environ and BY_LAUNCH not in os.environ


def is_orphan(chain: Chain) -> bool:
    """Whether DVC or the launcher of this process has ended before ``chain`` was seen."""
    launcher = os.environ.get(BY_LAUNCH)
    if launcher is not None and launcher != str(chain[0]):
        return True
    if BY_DVC not in os.environ or chain[-1] == 0:
        return False
    last = chain[-2] if chain[1:] else os.getpid()
    return _took_in(chain[-1], last)


def _took_in(above: int, process: int) -> bool:
    """Whether ``above`` has taken in ``process``, which another one has started."""
    if above == 1 and (words := _words(above)) is not None:
        program = os.path.basename(words[0])
        if b"py" not in program and b"dvc" not in program:
            return True
    try:
        session = os.getsid(process)
        return session != process and session != os.getsid(above)
    except ProcessLookupError:
        return True
    except OSError:
        return False


def _only_passes_on(process: int, by_dvc: str | None) -> bool:
    if by_dvc is None:
        words = _words(process) or [b""]
        return words[0].endswith(b"sh") and b"-c" in words[1:4]
    return f"{BY_DVC}={by_dvc}".encode() in _read(process, "environ").split(b"\0")


def _parent(process: int) -> int | None:
    fields = _read(process, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else None


def _words(process: int) -> list[bytes] | None:
    """A process's command; None where the system does not say."""
    line = _read(process, "cmdline")
    return line.split(b"\0") if line else None


def _read(process: int, what: str) -> bytes:
    """Nothing, where there is no such folder (outside Linux), the process is gone, or another's."""
    try:
        with open(f"/proc/{process}/{what}", "rb", buffering=0) as file:
            return file.readall()
    except OSError:
        return b""
