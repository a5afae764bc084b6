"""What nobody needs, as JSON, for programs.

In: what is kept, what there is, what of it is garbage, and what of that was deleted. Out: plain values, as
``docs/gc.schema.json`` describes them. A later version of the same first number only adds.
"""

from __future__ import annotations

from collections.abc import Sequence

from banc.digest import Json
from banc.gc.garbage import Garbage, Item
from banc.gc.inventory import Inventory
from banc.gc.kept import Kept
from banc.running import Running

VERSION = "1.0"


def record(
    needed: Kept,
    there: Inventory,
    garbage: Garbage,
    *,
    revisions: Sequence[str],
    shared_cache: bool,
    running: Sequence[Running] = (),
    deleted: Sequence[Item] | None = None,
) -> dict[str, Json]:
    """All that ``banc gc`` has to say.

    Args:
        revisions: the commits that are kept beside the work tree.
        shared_cache: whether a cache that others may use counts, too.
        running: who is at work, so that nothing could be deleted.
        deleted: what was deleted; None where nobody asked for that.
    """
    items = garbage.items if deleted is None else deleted
    return {
        "gc_version": VERSION,
        "deleted": deleted is not None,
        "kept": {
            "stages": len(needed.addresses),
            "specs": needed.specs,
            "revisions": list(revisions),
        },
        "bytes": sum(item.size for item in items),
        "items": [_item(item) for item in items],
        "left": [{"path": path, "why": why} for path, why in garbage.left],
        "shared_cache": (there.shared or None) if not shared_cache else None,
        "running": [{"command": who.command, "process": who.process} for who in running],
        "unreadable": [{"spec": spec, "why": why} for spec, why in needed.unreadable],
    }


def _item(item: Item) -> dict[str, Json]:
    return {
        "path": item.name,
        "address": item.address,
        "kind": None if item.address is None else item.address.partition("-")[0],
        "draft": item.draft,
        "bytes": item.size,
        "bytes_by_place": {
            "runs": item.sizes["runs"],
            "private": item.sizes["private"],
            "cache": item.sizes["cache"],
            "run_cache": item.sizes["run cache"],
        },
    }
