"""Whether DVC once wrote a stage down of which no ``dvc.lock`` says anything now.

In: a workspace and a stage without an entry. Out: who remembers it: the lock that is committed, DVC's run
cache, or the entry of a stage that read its outputs. Where nobody does, it may have been run by hand, by
`banc run`; or someone has removed all of these. Which, cannot be told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from banc.errors import BancError
from banc.git import has_history, head
from banc.stage.kinds import Address
from banc.state.cache import run_files
from banc.state.dvc_config import cache_folder
from banc.state.lock_text import stages_of
from banc.state.memory import Memory
from banc.state.records import stage_of_run

Stages = Mapping[str, Any]
"""What a lock says, by stage."""


def traces(
    root: Path,
    memory: Memory,
    address: Address,
    lock: str,
    outputs: Collection[str],
    locks: Mapping[str, Stages],
) -> str:
    """Who remembers the stage, in words; nothing where nobody does.

    Args:
        memory: which stage each file of the run cache is of, where that was asked before.
        lock: where its entry would stand, relative to the workspace.
        outputs: its files, relative to the workspace.
        locks: every lock of the workspace, by path.
    """
    if address in _committed(root, lock):
        return f"the committed `{lock}` has one"
    if _in_run_cache(root, memory, address):
        return "DVC's run cache has one"
    for where, stages in locks.items():
        for name, entry in stages.items():
            if _reads(entry, outputs):
                return f"`{where}` has its outputs as inputs of `{name}`"
    return ""


def _committed(root: Path, lock: str) -> Stages:
    """What the last commit's lock says; nothing without git, without a commit, or where it is damaged."""
    try:
        commit = head(root) if has_history(root) else None
        return stages_of(commit.read(lock).decode()) if commit else {}
    except (OSError, ValueError, BancError):
        return {}


def _in_run_cache(root: Path, memory: Memory, address: Address) -> bool:
    # It holds no stage whose outputs git keeps.
    for path, there in list(run_files(cache_folder(root))):
        try:
            if stage_of_run(memory, path, there) == address:
                return True
        except OSError:
            continue  # of another user, or gone in between
    return False


def _reads(entry: Any, outputs: Collection[str]) -> bool:
    inputs = entry.get("deps") if isinstance(entry, dict) else None
    return isinstance(inputs, list) and any(
        isinstance(dependency, dict) and dependency.get("path") in outputs for dependency in inputs
    )
