"""Objectives of a person's own, and where a spec declares them."""

from __future__ import annotations

from collections.abc import Iterator

from banc.config.objective import Objective, OwnObjective
from banc.language.positions import KeyPath
from banc.language.spec import Spec


def own_objectives(spec: Spec) -> Iterator[tuple[KeyPath, OwnObjective]]:
    """Each with its place, in the order of the spec."""
    for path, objective in _objectives(spec):
        if isinstance(objective, OwnObjective):
            yield path, objective


def _objectives(spec: Spec) -> Iterator[tuple[KeyPath, Objective | None]]:
    for name, lineage in spec.lineages.items():
        yield ("lineages", name, "objective"), lineage.objective
        for index, objective in enumerate(lineage.objectives):
            yield ("lineages", name, "objectives", index), objective
        for model, changes in lineage.except_.items():
            yield ("lineages", name, "except", model, "objective"), changes.objective
    for name, transfer in spec.transfers.items():
        yield ("transfers", name, "objective"), transfer.objective
        for model, change in transfer.except_.items():
            yield ("transfers", name, "except", model, "objective"), change.objective
