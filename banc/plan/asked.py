"""A stage as DVC sees it: what ``emit`` writes into ``dvc.yaml``, as values.

In: a linked stage. Out: command, parameters, paths. ``tests/plan/test_asked.py`` holds it against ``emit``.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from banc import paths
from banc.digest import Json
from banc.emit.emit import parameter_file
from banc.graph.graph import PlacedStage
from banc.stage.address import parameters
from banc.stage.files import command, folder, reads, writes
from banc.stage.kinds import Address, Table


@frozen
class Asked:
    """One stage of a ``dvc.yaml``."""

    address: Address
    lock: str
    """The ``dvc.lock`` beside that file."""
    command: str
    parameter_file: str
    parameters: Mapping[str, Json]
    inputs: tuple[str, ...]
    """Sorted."""
    outputs: tuple[str, ...]
    """Sorted."""
    cached: bool
    """Whether DVC's cache is to hold the outputs."""


def asked(address: Address, linked: PlacedStage) -> Asked:
    """What DVC is asked to do for a stage."""
    stage = linked.stage
    table = isinstance(stage, Table)
    where = folder(stage) if table else folder(address)
    return Asked(
        address=address,
        lock="dvc.lock" if table else f"{paths.PIPELINES}/{linked.group}/dvc.lock",
        command=command(address, linked.file),
        parameter_file=parameter_file(address, linked),
        parameters=parameters(stage),
        inputs=reads(stage, linked.file),
        outputs=tuple(f"{where}/{name}" for name in writes(stage)),
        cached=not table,
    )
