"""Kept, Inventory -> Garbage: what nobody needs, with what deleting it frees.

In: what is needed, and what there is. Out: items, the largest first. A pure function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from attrs import Factory, evolve, frozen

from banc.gc.inventory import File, Inventory, Tree
from banc.gc.kept import Kept
from banc.paths import RUNS
from banc.stage.kinds import Address

Part = Literal["runs", "private", "cache", "run cache"]
"""The four places where a stage takes space: its folder, ``.banc/``, DVC's cache, and the run cache."""


@frozen
class Item:
    """A stage's files, or a draft that a killed process left."""

    name: str
    """Where it lies, relative to the workspace."""
    address: Address | None
    """The stage. None: left by a ``banc gc`` that was killed."""
    folder: Tree | None
    private: tuple[Tree, ...]
    objects: tuple[File, ...]
    runs: tuple[File, ...]
    draft: bool = False
    sizes: Mapping[Part, int] = Factory(dict)
    """Bytes that deleting it frees, by place."""

    @property
    def size(self) -> int:
        """Bytes, in all."""
        return sum(self.sizes.values())

    def files(self, part: Part) -> tuple[File, ...]:
        """Bytes in one place."""
        match part:
            case "runs":
                return self.folder.files if self.folder else ()
            case "private":
                return tuple(file for tree in self.private for file in tree.files)
            case "cache":
                return self.objects
            case "run cache":
                return self.runs


@frozen
class Garbage:
    items: tuple[Item, ...]
    left: tuple[tuple[str, str], ...]
    """What is not needed and is kept all the same, with the reason."""

    @property
    def size(self) -> int:
        """Bytes, in all."""
        return sum(item.size for item in self.items)


def garbage(needed: Kept, there: Inventory, *, shared_cache: bool = False) -> Garbage:
    """What of ``there`` is not ``needed``.

    Args:
        shared_cache: also what lies in a cache that other workspaces may use.
    """
    left: dict[str, str] = {}
    going: list[Address] = []
    for address in sorted({*there.folders, *there.private, *there.objects, *there.runs}):
        # What a table writes is committed, and a person's.
        if address in needed.addresses or address.startswith("table-"):
            continue
        if (why := _why_left(address, there)) is None:
            going.append(address)
        else:
            left[f"{RUNS}/{address}"] = why
    cache = shared_cache or not there.shared
    objects = _objects(needed, there, going) if cache else {}
    items = [
        Item(
            name=f"{RUNS}/{address}",
            address=address,
            folder=there.folders[address].tree if address in there.folders else None,
            private=there.private.get(address, ()),
            objects=tuple(objects.get(address, ())),
            runs=there.runs.get(address, ()) if cache else (),
        )
        for address in going
    ]
    items += [
        Item(tree.path.relative_to(there.root).as_posix(), address, None, (tree,), (), (), draft=True)
        for tree, address in there.drafts
        if address not in there.held
    ]
    items = [item for item in items if item.folder or item.private or item.objects or item.runs]
    return Garbage(
        tuple(sorted(_sized(items), key=lambda item: (-item.size, item.name))), tuple(left.items())
    )


def _why_left(address: Address, there: Inventory) -> str | None:
    """Why a stage's files stay, although nobody needs them; None: they go."""
    if address in there.held:
        return "it is running"
    folder = there.folders.get(address)
    if folder is None or not folder.foreign:
        return None
    if folder.foreign == (".",):
        return "it is no folder, and banc made none such"
    return f"it holds `{folder.foreign[0]}`, which banc did not make"


def _objects(needed: Kept, there: Inventory, going: Sequence[Address]) -> dict[Address, list[File]]:
    """The cached files that only stages of ``going`` have, each once."""
    gone = set(going)
    stay = needed.objects | there.others
    for address, digests in there.objects.items():
        if address not in gone:
            stay |= digests
    folders = [(address in gone, folder) for address, folder in there.folders.items()]
    linked = {target for goes, folder in folders if not goes for target in folder.targets}
    names = Counter(file.inode for goes, folder in folders if goes for file in folder.tree.files)
    freed: dict[Address, list[File]] = {}
    taken: set[str] = set()
    for address in going:
        for digest in sorted(there.objects.get(address, frozenset()) - stay - taken):
            taken.add(digest)
            file = there.cached.get(digest)
            # One with a name more than we know of is in use elsewhere.
            if file is not None and file.path not in linked and file.links <= 1 + names[file.inode]:
                freed.setdefault(address, []).append(file)
    return freed


def _sized(items: Sequence[Item]) -> Iterator[Item]:
    """With sizes. A file with several names counts once, if all of them go; if one stays, not at all."""
    names = Counter(file.inode for item in items for part in get_args(Part) for file in item.files(part))
    counted: set[tuple[int, int]] = set()

    def freed(files: Iterable[File]) -> int:
        size = 0
        for file in files:
            if names[file.inode] >= file.links and file.inode not in counted:
                counted.add(file.inode)
                size += file.size
        return size

    for item in items:
        yield evolve(item, sizes={part: freed(item.files(part)) for part in get_args(Part)})
