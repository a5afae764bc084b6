"""Which stages ran without DVC and are not recorded yet: by ``banc repro``, or as jobs of a cluster.

In: a workspace, and the outputs of stages. Out: what each was made of, where its outputs are still the very
files that it wrote. Takes no lock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from pathlib import Path

from banc.running import REPRO, held_locks, is_held
from banc.stage.kinds import Address
from banc.stage.made import FOLDER, read_made, stands
from banc.state.state import ClusterJob


def unrecorded(root: Path, outputs: Mapping[str, Address]) -> dict[Address, Mapping[str, str]]:
    """MD5s of what stages were made of, by path, of those of the stages whose ``outputs``, by path, stand."""
    try:
        there = {name.removesuffix(".json") for name in os.listdir(root / FOLDER)}
    except OSError:
        return {}
    paths: dict[Address, list[str]] = {}
    for path, address in outputs.items():
        if address in there:
            paths.setdefault(address, []).append(path)
    return {
        address: known.inputs
        for address, of_it in paths.items()
        if (known := read_made(root, address)) is not None and stands(root, known, of_it)
    }


def made(root: Path, unrecorded: Set[Address], jobs: Mapping[Address, ClusterJob]) -> frozenset[Address]:
    """Those of the ``unrecorded`` that somebody is about to record: ``banc repro``, or a job of a cluster.

    If nobody is at work, they do not count as made: ``dvc repro`` would run them again.
    """
    if not unrecorded or not (any(job.lives for job in jobs.values()) or is_held(root / REPRO, held_locks())):
        return frozenset()
    return frozenset(unrecorded)
