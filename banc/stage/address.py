"""Content addresses: from what a stage is to the name of its folder.

In: a stage whose inputs are addresses already (so addresses are Merkle digests, bottom-up). Out: its
address. Labels, titles, paths, devices cannot get in: they are no fields of a stage.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from banc.config.converter import members, new_converter
from banc.digest import Json, short_digest
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train

_DIGESTED = "|".join(kind for kind, stage in members(Stage, "KIND").items() if stage is not Table)
_ADDRESS = re.compile(rf"({_DIGESTED})-(?P<slug>[a-z0-9-]+)-[0-9a-f]{{12}}|{Table.KIND}-[a-z0-9-]+")
_CONVERTER = new_converter()


def parameters(stage: Stage) -> dict[str, Json]:
    """The stage as JSON, with what equals its default left out, so that a later field moves nothing."""
    return {"kind": stage.KIND, **_CONVERTER.unstructure(stage)}


def revisions(value: Any) -> dict[str, Json]:
    """The ``REVISION`` of every vocabulary item in ``value``, itself included, by its ``TAG``.

    A field may be revised by an item that it says no more of than a number: that counts where it is used.
    """
    by_tag: dict[str, Json] = {}
    if isinstance(value, tuple):
        for item in value:
            by_tag |= revisions(item)
    elif attrs.has(type(value)):
        if hasattr(value, "REVISION"):
            by_tag[value.TAG] = value.REVISION
        for field in attrs.fields(type(value)):
            inner = getattr(value, field.name)
            by_tag |= revisions(inner)
            item = field.metadata.get("revised_by")
            if item is not None and inner != field.default:
                by_tag[item.TAG] = item.REVISION
    return by_tag


def slug(stage: Stage) -> str:
    """The readable part of an address, from identity fields alone."""
    match stage:
        case Data(source=source):
            return source.slug
        case Train(model=model, objective=objective, seed=seed):
            return f"{model.slug}-{objective.slug}-s{seed}"
        case Import(model=network):
            return network.slug
        case Predict(model=model):
            return slug_of(model)
        case Score(members=(only,)):
            return slug_of(only)
        case Score(members=members):
            return f"{slug_of(members[0])}-ens{len(members)}"
        case Table(name=name):
            return name


def address(stage: Stage) -> Address:
    """``<kind>-<slug>-<12 hex digits>``; for a table, whose name a person gave, ``table-<name>``."""
    if isinstance(stage, Table):
        return Address(f"{stage.KIND}-{stage.name}")
    digest = short_digest({"stage": parameters(stage), "revisions": revisions(stage)})
    return Address(f"{stage.KIND}-{slug(stage)}-{digest}")


def slug_of(address: Address) -> str:
    """The slug inside an address."""
    match = _ADDRESS.fullmatch(address)
    assert match is not None and match["slug"], address
    return match["slug"]


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None
