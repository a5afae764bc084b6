"""Which stages ``banc repro`` has run and not recorded in DVC yet, while it is at work.

In: a workspace, and the outputs of stages. Out: addresses. If nobody is at work, what is not recorded does
not count as made: ``dvc repro`` would run it again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from banc.running import REPRO, held_locks, is_held
from banc.stage.kinds import Address
from banc.stage.made import FOLDER, read_made, stands


def made(root: Path, outputs: Mapping[str, Address]) -> frozenset[Address]:
    """Those of the stages whose ``outputs``, by path, are the very files that they have written.

    Takes no lock.
    """
    try:
        there = {name.removesuffix(".json") for name in os.listdir(root / FOLDER)}
    except OSError:
        return frozenset()
    paths: dict[Address, list[str]] = {}
    for path, address in outputs.items():
        if address in there:
            paths.setdefault(address, []).append(path)
    if not paths or not is_held(root / REPRO, held_locks()):
        return frozenset()
    return frozenset(
        address
        for address, of_it in paths.items()
        if (known := read_made(root, address)) is not None and stands(root, known, of_it)
    )
