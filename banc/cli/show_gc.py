"""What nobody needs, as text: the largest first, then what stays all the same, and one line that sums up."""

from __future__ import annotations

from collections.abc import Iterator

from banc.cli.words import KINDS, count, size
from banc.gc.garbage import Garbage, Item
from banc.gc.inventory import Inventory
from banc.printable import one_line

SHOWN = 20
"""Lines of items, at most; ``--all`` shows every one."""


def lines(garbage: Garbage, there: Inventory, *, every: bool, shared_cache: bool) -> Iterator[str]:
    """The items and what is left alone."""
    if garbage.items:
        yield ""
        yield f"{len(garbage.items)} not needed there"
    shown = garbage.items if every else garbage.items[:SHOWN]
    for item in shown:
        yield f"  {line(item)}"
    if rest := garbage.items[len(shown) :]:
        more = size(sum(item.size for item in rest))
        yield f"  {more:>8}  {count(len(rest), 'more', 'more')} (`--all` shows them)"
    left = dict(garbage.left)
    if there.shared and not shared_cache:
        left["DVC's cache"] = f"{there.shared} (`--shared-cache` deletes there, too)"
    if left:
        yield ""
        yield "left alone"
        yield from (f"  {one_line(name)}: {one_line(why)}" for name, why in left.items())
    yield ""


def line(item: Item) -> str:
    """Size, what it is, where it lies, and the sizes of its parts, if there are several."""
    parts = [f"{part} {size(number)}" for part, number in _parts(item) if number]
    more = f"  ({', '.join(parts)})" if len(parts) > 1 else ""
    return f"{size(item.size):>8}  {_what(item):<22}  {one_line(item.name)}{more}"


def _parts(item: Item) -> Iterator[tuple[str, int]]:
    yield "runs", item.sizes["runs"]
    yield ".banc", item.sizes["private"]
    yield "cache", item.sizes["cache"] + item.sizes["run cache"]


def _what(item: Item) -> str:
    if item.draft:
        return "left by a killed run" if item.address else "left by a killed gc"
    if item.private and not (item.folder or item.objects or item.runs):
        return item.private[0].path.parent.name
    kind = item.name.rpartition("/")[2].partition("-")[0]
    return KINDS[kind][0] if kind in KINDS else kind
