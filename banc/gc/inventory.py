"""What lies in a workspace: runs, checkpoints, drafts, and what DVC's cache has of stages.

In: a workspace. Out: files with their sizes, by the stage that made them. Nothing is decided here. What banc
and DVC did not make is told apart by its name, and is no part of what may be deleted.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from banc import paths
from banc.errors import BancError
from banc.gc.mentions import mentions
from banc.stage.address import is_address
from banc.stage.files import OUTPUT_NAMES
from banc.stage.kinds import Address
from banc.state.cache import objects_folder, run_files
from banc.state.dvc_config import cache_folder, cache_options
from banc.state.holders import holders
from banc.state.memory import Memory
from banc.state.records import read_lock, read_run, stage_of_run
from banc.state.state import Entry

_OF_STAGE = re.compile(r"(?P<address>[a-z0-9-]+)(\.[a-z.]+)?")
_DRAFT = re.compile(r"(?P<address>[a-z0-9-]+)(\.old)?")
GARBAGE = "gc-"
"""How the folders in ``.banc/tmp/`` begin to which runs are moved before they are deleted."""
_LOCKS, _TMP = "locks", "tmp"


@frozen
class File:
    """A file, or a link to one, which is not followed."""

    path: Path
    size: int
    inode: tuple[int, int]
    links: int
    """Number of hard links."""


@frozen
class Tree:
    """A folder or a file, with the files in it."""

    path: Path
    files: tuple[File, ...]


@frozen
class Folder:
    """``runs/<address>``."""

    tree: Tree
    foreign: tuple[str, ...]
    """Files in it that no stage writes; ``.`` where the folder itself is a link."""
    targets: frozenset[Path]
    """Where links in it lead."""


@frozen
class Inventory:
    root: Path
    folders: Mapping[Address, Folder]
    private: Mapping[Address, tuple[Tree, ...]]
    """Checkpoints and whatever else ``.banc/`` keeps of a stage, its lock aside."""
    drafts: tuple[tuple[Tree, Address | None], ...]
    """What killed processes left in ``.banc/tmp/``, and of which stage."""
    objects: Mapping[Address, frozenset[str]]
    """MD5s of outputs, as ``dvc.lock`` and the run cache have them."""
    cached: Mapping[str, File]
    """The files of these MD5s that are in the cache."""
    runs: Mapping[Address, tuple[File, ...]]
    """The run cache's entries."""
    others: frozenset[str]
    """MD5s that the cache itself names as somebody else's: in folders, which no stage of banc writes, and in
    the run cache's entries of other stages."""
    held: frozenset[Address]
    """Stages that are running."""
    cache: Path
    shared: str
    """Why others may use the cache; empty where it is this workspace's own."""


@define
class _Found:
    objects: dict[Address, set[str]] = field(factory=dict)
    runs: dict[Address, list[File]] = field(factory=dict)
    others: set[str] = field(factory=set)

    def entry(self, address: Address, entry: Entry) -> None:
        digests = self.objects.setdefault(address, set())
        digests |= {file.md5 for file in entry.outputs.values() if file.md5}


def inventory(root: Path) -> Inventory:
    """What there is in the workspace ``root``, as far as stages made it.

    Raises:
        BancError: a lock is damaged, or something cannot be read.
    """
    cache, memory, mentioned = Path(os.path.realpath(cache_folder(root))), Memory(root), _Found()
    try:
        folders = dict(_folders(root))
        private = _private(root)
        _read_locks(root, memory, mentioned)
        _read_runs(cache, memory, mentioned)
        digests = {digest for several in mentioned.objects.values() for digest in several}
        cached = {digest: file for digest in digests if (file := _object(cache, digest))}
        mentioned.others |= _in_directories(cache)
        drafts = tuple(_drafts(root))
    except OSError as error:
        raise BancError(
            f"cannot read `{error.filename}`: {(error.strerror or 'no reason').lower()}"
        ) from error
    addresses = {*folders, *private, *mentioned.objects, *(address for _, address in drafts if address)}
    memory.keep()
    return Inventory(
        root=root,
        folders=folders,
        private=private,
        drafts=drafts,
        objects={address: frozenset(several) for address, several in mentioned.objects.items()},
        cached=cached,
        runs={address: tuple(several) for address, several in mentioned.runs.items()},
        others=frozenset(mentioned.others),
        held=frozenset(holders(root, addresses)),
        cache=cache,
        shared=_shared(root, cache),
    )


def _files(path: Path) -> Iterator[File]:
    """Every file at or below ``path``; links are files."""
    there = path.lstat()
    if not stat.S_ISDIR(there.st_mode):
        yield File(path, there.st_size, (there.st_dev, there.st_ino), there.st_nlink)
        return
    for name in sorted(os.listdir(path)):
        yield from _files(path / name)


def _tree(path: Path) -> Tree:
    return Tree(path, tuple(_files(path)))


def _folders(root: Path) -> Iterator[tuple[Address, Folder]]:
    for path in _entries(root / paths.RUNS):
        if not is_address(path.name):
            continue
        if path.is_symlink() or not path.is_dir():
            yield Address(path.name), Folder(Tree(path, ()), (".",), frozenset())
            continue
        names = sorted(os.listdir(path))
        foreign = tuple(name for name in names if name not in OUTPUT_NAMES or (path / name).is_dir())
        links = (path / name for name in names if (path / name).is_symlink())
        yield Address(path.name), Folder(_tree(path), foreign, frozenset(link.resolve() for link in links))


def _private(root: Path) -> dict[Address, tuple[Tree, ...]]:
    trees: dict[Address, list[Tree]] = {}
    for room in _entries(root / paths.PRIVATE):
        if room.name in (_LOCKS, _TMP) or room.is_symlink() or not room.is_dir():
            continue
        for path in _entries(room):
            match = _OF_STAGE.fullmatch(path.name)
            if match and is_address(match["address"]):
                trees.setdefault(Address(match["address"]), []).append(_tree(path))
    return {address: tuple(several) for address, several in trees.items()}


def _drafts(root: Path) -> Iterator[tuple[Tree, Address | None]]:
    for path in _entries(root / paths.PRIVATE / _TMP):
        match = _DRAFT.fullmatch(path.name)
        if path.name.startswith(GARBAGE):
            yield _tree(path), None
        elif match and is_address(match["address"]):
            yield _tree(path), Address(match["address"])


def _read_locks(root: Path, memory: Memory, mentioned: _Found) -> None:
    groups = sorted((root / paths.PIPELINES).glob("*/dvc.lock"))
    for name in ["dvc.lock", *(path.relative_to(root).as_posix() for path in groups)]:
        for stage, entry in read_lock(memory, root, name).items():
            if is_address(stage):
                mentioned.entry(Address(stage), entry)


def _read_runs(cache: Path, memory: Memory, mentioned: _Found) -> None:
    for path, there in run_files(cache):
        entry = read_run(memory, path, there)
        address = stage_of_run(memory, path, there)
        if is_address(address):
            file = File(Path(path), there.st_size, (there.st_dev, there.st_ino), there.st_nlink)
            mentioned.runs.setdefault(Address(address), []).append(file)
            if entry is not None:
                mentioned.entry(Address(address), entry)
        elif entry is not None:
            mentioned.others |= {file.md5 for file in entry.outputs.values() if file.md5}


def _object(cache: Path, digest: str) -> File | None:
    path = Path(objects_folder(cache), digest[:2], digest[2:])
    try:
        return next(iter(_files(path)), None)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _in_directories(cache: Path) -> set[str]:
    """MD5s in cached folders, none of which a stage of banc's wrote."""
    digests: set[str] = set()
    for path in Path(objects_folder(cache)).glob("??/*.dir"):
        for several in mentions(path.read_text(encoding="utf-8", errors="replace"), lock=False).values():
            digests |= several
    return digests


def _shared(root: Path, cache: Path) -> str:
    if not cache.is_relative_to(os.path.realpath(root)):
        return f"it is outside of this workspace, in `{cache}`"
    options = [f"`cache.{name}`" for name in ("type", "shared") if name in cache_options(root)]
    return f"{options[0]} is configured, as for a cache that several workspaces use" if options else ""


def _entries(folder: Path) -> Iterable[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return ()
