"""Which specs a command is about that is called without any: those that are linked."""

from __future__ import annotations

from pathlib import Path


def linked_specs(root: Path) -> dict[Path, bool]:
    """The specs that are linked, and whether as smoke runs.

    Raises:
        UsageError: nothing is linked.
    """
    from banc.stage.index import read_index

    return {root / spec.path: spec.smoke for spec in read_index(root).specs.values()}
