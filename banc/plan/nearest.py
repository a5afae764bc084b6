"""Of which recorded stage a new one is a changed form.

In: what the locks hold of stages that are no longer linked. Out: for a stage that was never run, the one that
it stands in for: the same, its changed inputs aside; or the same but for one field; or the one with the
fewest other fields. Never one of another seed, model family or data set: that is another run, and no change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from banc.digest import Json, canonical
from banc.plan.fields import leaves, reads
from banc.stage.kinds import Address

FEW = 3
"""Fields that may differ, at most."""
LOOKS = 50
"""Recorded stages that are compared field by field, at most, for one that is new."""

_SAME = ("kind", "seed", "model.family", "source.set", "objective.kind")


@frozen
class Recorded:
    """A stage that ran once."""

    address: Address
    parameters: Mapping[str, Json]


class Nearest:
    """Stages that ran and are not linked, to be found by what they are."""

    def __init__(self, recorded: Iterator[Recorded]) -> None:
        """``recorded``: stages that ran; their addresses differ."""
        self._whole: dict[str, Recorded] = {}
        self._but_one: dict[tuple[int, str], Recorded] = {}
        self._alike: dict[str, list[Recorded]] = {}
        self._stands_for: dict[str, str] = {}
        for stage in sorted(recorded, key=lambda candidate: candidate.address):
            flat, total = _flat(stage.parameters)
            self._whole.setdefault(canonical(stage.parameters), stage)
            inputs = _inputs(stage.parameters)
            for leaf in [0, *flat.values()]:
                self._but_one.setdefault((total ^ leaf, inputs), stage)
            self._alike.setdefault(_kind(stage.parameters), []).append(stage)

    def to(self, address: Address, parameters: Mapping[str, Json]) -> Recorded | None:
        """The recorded stage that ``parameters`` are a changed form of. To be asked of inputs first."""
        before = self._before(parameters)
        match = self._whole.get(canonical(before)) or self._one_field(before) or self._few_fields(before)
        if match is not None:
            self._stands_for[address] = match.address
        return match

    def note(self, address: Address, stands_for: Address) -> None:
        """Notes which recorded stage an input is a changed form of."""
        self._stands_for[address] = stands_for

    def _before(self, parameters: Mapping[str, Json]) -> dict[str, Json]:
        """``parameters`` with the inputs that they had, as far as that is known."""
        stands_for = self._stands_for

        def old(value: Json) -> Json:
            if isinstance(value, list):
                several = [stands_for.get(item, item) for item in value]
                return sorted(several) if value == sorted(value) else several
            return stands_for.get(value, value)

        roles = reads(parameters)
        return {name: old(value) if name in roles else value for name, value in parameters.items()}

    def _one_field(self, parameters: Mapping[str, Json]) -> Recorded | None:
        flat, total = _flat(parameters)
        inputs, kind = _inputs(parameters), _kind(parameters)
        for leaf in [0, *flat.values()]:
            stage = self._but_one.get((total ^ leaf, inputs))
            if stage is not None and _kind(stage.parameters) == kind:
                return stage
        return None

    def _few_fields(self, parameters: Mapping[str, Json]) -> Recorded | None:
        now, network = dict(leaves(parameters)), reads(parameters).get("model")
        best: tuple[int, Recorded] | None = None
        for stage in self._alike.get(_kind(parameters), ())[:LOOKS]:
            if reads(stage.parameters).get("model") != network:
                continue  # outputs of another network are no changed form of these
            then = dict(leaves(stage.parameters))
            differ = sum(then.get(name) != now.get(name) for name in then.keys() | now.keys())
            if 0 < differ <= FEW and (best is None or differ < best[0]):
                best = differ, stage
        return best[1] if best else None


def _flat(parameters: Mapping[str, Json]) -> tuple[dict[str, int], int]:
    """A number for each field, and one for all: without a field it is ``all ^ field``."""
    flat = {name: hash((name, json.dumps(value))) for name, value in leaves(parameters)}
    total = 0
    for leaf in flat.values():
        total ^= leaf
    return flat, total


def _inputs(parameters: Mapping[str, Json]) -> str:
    return json.dumps(sorted(reads(parameters).items()))


def _kind(parameters: Mapping[str, Json]) -> str:
    """What must be the same in both, or one is no changed form of the other."""
    flat: dict[str, Any] = dict(leaves(parameters))
    return json.dumps([flat.get(name) for name in _SAME])
