"""Takes back what DVC has recorded of a stage, where that is not what the stage was made of.

In: stages that DVC has just recorded, each with what it was made of. Out: DVC's locks and run cache without
those that it recorded otherwise. DVC digests inputs and outputs when it records, and takes about a second to
begin: what is edited in that second would be recorded with the results of what was there before, and restored
with them for ever.

What is left: an edit in that second after which this process dies before it has looked, which takes it
milliseconds; and ``dvc repro`` itself, which records a stage some tenths of a second after it has ended.
Nobody but DVC could look there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from banc.errors import BancError
from banc.paths import write_atomically
from banc.plan.asked import Asked
from banc.plan.decide import run_key
from banc.stage.kinds import Address
from banc.stage.made import Made, stands
from banc.state.cache import runs_under
from banc.state.lock_text import damaged, without_stage
from banc.state.memory import Memory
from banc.state.records import read_lock, read_run
from banc.state.state import Entry

_CHANGED = "changed while DVC recorded it, so nothing is recorded"


def take_back_others(root: Path, cache: Path, recorded: Iterable[tuple[Asked, Made]]) -> dict[Address, str]:
    """Takes back what does not fit. Nobody may write the locks meanwhile.

    Args:
        cache: DVC's.

    Returns:
        By stage, why.

    Raises:
        BancError: a lock cannot be read or written.
        OSError: an entry of the run cache cannot be deleted.
    """
    others = {}
    memory = Memory(root)
    for stage, made in recorded:
        entry = read_lock(memory, root, stage.lock).get(stage.address)
        if entry is not None and (why := _other(root, stage, made, entry)):
            others[stage.address] = why
            _take_back(root, cache, stage, entry)
    return others


def _other(root: Path, stage: Asked, made: Made, entry: Entry) -> str:
    for path, md5 in made.inputs.items():
        file = entry.inputs.get(path)
        if file is None or file.md5 != md5:
            return f"input `{path}` was {_CHANGED}"
    return "" if stands(root, made, stage.outputs) else f"its outputs were {_CHANGED}"


def _take_back(root: Path, cache: Path, stage: Asked, entry: Entry) -> None:
    """The run cache first: what the lock says alone, DVC would believe only in this workspace."""
    memory = Memory(root)
    for path in runs_under(cache, run_key(stage, entry.inputs)):
        if read_run(memory, path, os.stat(path)) == entry:
            os.unlink(path)
    lock = root / stage.lock
    try:
        rest = without_stage(lock.read_text(encoding="utf-8"), stage.address)
    except ValueError as error:
        raise damaged(stage.lock, stage.address) from error
    except OSError as error:
        raise BancError(f"cannot read `{stage.lock}`: {error.strerror}") from error
    if rest:
        write_atomically(lock, rest)
    else:
        lock.unlink()
