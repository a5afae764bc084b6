"""Workspace -> State: one pass over locks, files, DVC's cache, checkpoints and running stages.

In: a workspace, and the stages that are asked about. Out: the state, as it was at that moment; nothing is
decided here. The one place, with the modules it calls, in which a plan touches a disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from attrs import evolve

from banc import paths
from banc.running import dvc_writes
from banc.stage.files import MADE_WITH, folder, writes
from banc.stage.kinds import Address, Stage, Table
from banc.state.cache import cached, runs
from banc.state.checkpoints import checkpoints
from banc.state.digests import files
from banc.state.disk import disk
from banc.state.dvc_config import cache_folder
from banc.state.facts import facts
from banc.state.generated import generated
from banc.state.holders import dvc_locks, holders
from banc.state.jobs import jobs
from banc.state.made import made, unrecorded
from banc.state.memory import Memory
from banc.state.progress import failures, heartbeats
from banc.state.records import read_lock
from banc.state.state import Entry, State
from banc.state.timings import timings

LOCK = "dvc.lock"


def read(
    root: Path,
    stages: Mapping[Address, Stage],
    weights: Iterable[str] = (),
    *,
    facts_of: Collection[Address] = (),
    runs_of: Callable[[State], Collection[Address]] | None = None,
) -> State:
    """The state of the workspace ``root``, as far as it concerns ``stages``.

    Args:
        weights: the files of networks that were trained elsewhere, relative to the workspace.
        facts_of: the stages of which it is asked, too, what they were made with.
        runs_of: of the state without any runs, the stages whose runs in DVC's run cache are asked about. Each
            run is a file, so of a finished workspace there are thousands. None: those of all ``stages``.

    Raises:
        BancError: a lock is damaged, or a file cannot be read.
    """
    memory = Memory(root)
    cache = cache_folder(root)
    groups = sorted((root / paths.PIPELINES).glob(f"*/{LOCK}"))
    names = [LOCK, *(path.relative_to(root).as_posix() for path in groups)]
    locks = {name: read_lock(memory, root, name) for name in names}
    outputs = {
        f"{folder(stage if isinstance(stage, Table) else address)}/{name}": address
        for address, stage in stages.items()
        for name in writes(stage)
    }
    entries = [entry for lock in locks.values() for address, entry in lock.items() if address in stages]
    noted, submitted = unrecorded(root, outputs), jobs(root, stages)
    state = State(
        generated=generated(memory, root),
        locks={name: {Address(of): entry for of, entry in lock.items()} for name, lock in locks.items()},
        files=files(memory, root, [*outputs, *sorted(weights)]),
        cached=cached(memory, cache, _digests(entries)),
        runs={},
        checkpoints=checkpoints(root, stages),
        holders=holders(root, stages),
        heartbeats=heartbeats(root, stages),
        failures=failures(root, stages),
        at_work=_at_work(root, outputs),
        dvc_locks=dvc_locks(root),
        made=made(root, noted.keys(), submitted),
        unrecorded=noted,
        jobs=submitted,
        facts=facts(
            memory,
            root,
            (
                f"{folder(address)}/{name}"
                for address in facts_of
                for name in writes(stages[address])
                if name in MADE_WITH
            ),
        ),
        timings=timings(root),
        disk=disk(root, cache),
    )
    ran = runs(memory, cache, stages if runs_of is None else runs_of(state))
    more = cached(memory, cache, _digests(entry for several in ran.values() for entry in several.values()))
    memory.keep()
    return evolve(state, runs=ran, cached=state.cached | more)


def _at_work(root: Path, outputs: Mapping[str, Address]) -> frozenset[Address]:
    """Whose outputs a running DVC writes now."""
    paths = (os.path.relpath(path, root) for path in dvc_writes(root))
    return frozenset(outputs[path] for path in paths if path in outputs)


def _digests(entries: Iterable[Entry]) -> set[str]:
    return {file.md5 for entry in entries for file in entry.outputs.values() if file.md5}
