"""Who is at work in a workspace now: DVC, ``banc repro``, or a ``banc run``.

In: a workspace. Out: processes. Reads the locks that they hold: DVC's own (``.dvc/tmp/lock``, which it holds
between stages, and ``.dvc/tmp/rwlock``, where it stands while a stage runs), and ours, ``.banc/repro.lock``
and those in ``.banc/locks/``.
A lock whose process has ended counts for nothing. A process on another machine is not seen.

To look, no lock is taken, not even for a moment: a stage that starts then would be refused.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from banc.errors import BancError
from banc.paths import PRIVATE

HELD = Path("/proc/locks")
"""Linux lists held locks here: number, kind, mode, access, process, device:inode, range."""

REPRO = f"{PRIVATE}/repro.lock"
"""``banc repro`` holds it as long as it works."""

DVC_LOCK = ".dvc/tmp/lock"
_RWLOCK = ".dvc/tmp/rwlock"


@frozen
class Running:
    """A process at work."""

    command: str
    """As a person would type it."""
    process: int | None
    """Its number; None where the lock does not say."""

    def __str__(self) -> str:
        """The command in backticks, then `` (process 123)``."""
        return f"`{self.command}`" + ("" if self.process is None else f" (process {self.process})")


def running(root: Path) -> tuple[Running, ...]:
    """Who is at work in the workspace ``root``: ``banc repro`` alone, or DVC first; each process once."""
    held = held_locks()
    if is_held(root / REPRO, held):  # what else is running, it has started
        return (Running(_claimed_by(root / REPRO), _number(root / REPRO)),)
    dvc = list(_dvc_running_stages(root))
    if not dvc and is_held(root / DVC_LOCK, held):
        process = _number(root / DVC_LOCK)
        dvc = [Running(_command(process) or "dvc", process)]
    stages = [] if dvc else list(_stages(root, held))  # those are DVC's own
    return tuple(dict.fromkeys([*dvc, *stages]))


@contextmanager
def nobody_at_work(root: Path) -> Iterator[None]:
    """Holds DVC's own lock, so that no command of DVC's begins in the workspace meanwhile.

    Raises:
        BancError: somebody is at work already. The message says who.
    """
    _refuse(running(root))
    path = root / DVC_LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise BancError(f"cannot write `{path}`: {(error.strerror or 'no reason given').lower()}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _refusal("`dvc`") from None
        # DVC gives its lock away while a stage runs: look once more, now that nothing new can begin.
        _refuse((*_dvc_running_stages(root), *_stages(root, held_locks())))
        file.truncate(0)
        file.write(f" {os.getpid()}\n")
        file.flush()
        yield


def remove_damaged_rwlock(root: Path) -> None:
    """Removes DVC's rwlock where a DVC that was killed has left half of it: no DVC would begin any more.

    Raises:
        BancError: somebody is at work. The message says who.
    """
    path = root / _RWLOCK
    if not _is_damaged(path):
        return
    with nobody_at_work(root):
        if _is_damaged(path):
            path.unlink(missing_ok=True)


def _is_damaged(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True
    return False


def _refuse(at_work: tuple[Running, ...]) -> None:
    if at_work:
        raise _refusal(" and ".join(map(str, at_work)))


def _refusal(who: str) -> BancError:
    return BancError(
        f"{who} is running in this workspace", hint="wait until it has ended, or stop it, and call again"
    )


def dvc_writes(root: Path) -> frozenset[str]:
    """The outputs that a running DVC writes now, by absolute path. No lock is taken to find out."""
    writes, _ = _rwlock(root)
    alive = {info for info in set(writes.values()) if _lives(*info)}
    return frozenset(path for path, info in writes.items() if info in alive)


def _rwlock(root: Path) -> tuple[dict[str, tuple[int, str]], set[tuple[int, str]]]:
    """What DVC's rwlock says: who writes which path, and who writes or reads any; by process and command."""
    try:
        content = json.loads((root / _RWLOCK).read_text(encoding="utf-8"))
        write = content.get("write", {})
        infos = [info for several in content.get("read", {}).values() for info in several]
        writes = {str(path): (int(info["pid"]), str(info["cmd"])) for path, info in write.items()}
        return writes, {*writes.values(), *((int(info["pid"]), str(info["cmd"])) for info in infos)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}, set()  # not there, half-written or damaged: DVC itself says so


def _dvc_running_stages(root: Path) -> Iterator[Running]:
    """The processes of DVC that have a stage running: they alone stand in the file that DVC calls rwlock."""
    for process, command in sorted(_rwlock(root)[1]):
        if _lives(process, command):
            yield Running(_short(command.split()), process)


def _stages(root: Path, held: set[tuple[int, int]] | None) -> Iterator[Running]:
    for lock in sorted((root / PRIVATE / "locks").glob("*.lock")):
        if is_held(lock, held):
            yield Running(f"banc run {lock.stem}", _number(lock))


def held_locks() -> set[tuple[int, int]] | None:
    """Process and inode of every ``flock`` that is held now; None where the system does not list them."""
    try:
        lines = HELD.read_text().splitlines()
    except OSError:
        return None
    fields = [line.split() for line in lines]
    return {
        (int(field[4]), int(field[5].rpartition(":")[2]))
        for field in fields
        if len(field) > 5 and field[1] == "FLOCK" and field[4].isdigit()
    }


def is_held(lock: Path, held: set[tuple[int, int]] | None) -> bool:
    """Whether a process of this machine holds the lock. It goes with its process, whatever the file says."""
    try:
        inode = lock.stat().st_ino
    except OSError:
        return False  # no such file: nobody ever took it
    if held is not None:
        return any(inode == of for _, of in held)
    process = _number(lock)
    return process is not None and is_alive(process)


def is_alive(process: int) -> bool:
    """Whether a process has this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it lives, and is another user's
    return True


def _lives(process: int, command: str) -> bool:
    """Whether a process has this number and, where the system tells, still the command that was noted."""
    if not is_alive(process):
        return False
    words = _words(process)
    # How a program calls itself differs (`dvc`, `python -m dvc`); what follows does not.
    options = command.split()[1:]
    return not words or not options or words[-len(options) :] == options


def _words(process: int) -> list[str]:
    """A process's command line; nothing where the system does not tell."""
    try:
        text = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return []
    return text.decode(errors="replace").rstrip("\0").replace("\0", " ").split()


def _command(process: int | None) -> str:
    words = _words(process) if process is not None else []
    at = next(
        (n for n, word in enumerate(words) if Path(word).name == "dvc" or word.endswith("dvc/__main__.py")),
        None,
    )
    return "" if at is None else _short(words[at:])


def _short(words: list[str]) -> str:
    """A command of DVC's as a person types it: without the path of the program."""
    return " ".join(["dvc", *words[1:]])


def _claimed_by(lock: Path) -> str:
    """The command that a claim's text ends with."""
    with suppress(OSError):
        command = lock.read_text(errors="replace").strip().partition(": ")[2]
        if command.startswith("banc "):
            return command
    return "banc repro"


def _number(lock: Path) -> int | None:
    """The first number in a lock's text: the process that took it."""
    with suppress(OSError):
        for word in lock.read_text(errors="replace").split():
            if word.isdecimal():
                return int(word)
    return None
