"""What is to be kept: every stage that a spec reaches, in the work tree or at a kept revision.

In: a workspace and revisions. Out: addresses; and the digests of cached files that are named there by kept
stages, or by anything that is not banc's. Stages that were linked at a revision are kept, too, since another
version of banc may have given them other addresses than this one does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, field, frozen

from banc import paths
from banc.compiler import graph_of
from banc.errors import BancError
from banc.gc.mentions import Mentions, is_lock, is_record, mentions
from banc.git import Revision, read_blobs
from banc.language.load import Loaded, load, load_at
from banc.language.source import SpecError
from banc.stage.address import is_address
from banc.stage.index import INDEX, read_index
from banc.stage.kinds import Address

_PARAMETERS = re.compile(rf"{paths.PIPELINES}/[^/]+/(?P<address>[^/]+)\.json")
_SPEC = re.compile(rf"{paths.SPECS}/[^/]+\.toml")


@frozen
class Kept:
    addresses: frozenset[Address]
    objects: frozenset[str]
    """MD5s; those of folders end in ``.dir``."""
    specs: int
    """Different specs that were read: two versions of one are two."""
    files: int
    """Different files that they are."""
    unreadable: tuple[tuple[str, str], ...]
    """Specs that cannot be read, with the reason: what they need is not known."""


def kept(root: Path, revisions: Sequence[Revision]) -> Kept:
    """What the work tree and ``revisions`` need.

    Raises:
        BancError: git cannot be asked, or a file cannot be read.
    """
    reached = _Reached(root)
    reached.work_tree()
    files = {revision: revision.files() for revision in revisions}
    wanted = {
        digest
        for of_revision in files.values()
        for path, digest in of_revision.items()
        if _SPEC.fullmatch(path) or is_record(path)
    }
    blobs = read_blobs(root, wanted)
    for revision, of_revision in files.items():
        reached.revision(revision, of_revision, blobs)
    addresses = frozenset(reached.addresses)
    return Kept(
        addresses,
        frozenset(
            digest
            for stage, digests in reached.mentions.items()
            if stage in addresses or not is_address(stage)
            for digest in digests
        ),
        len(reached.specs),
        len({path for path, _ in reached.specs}),
        tuple(reached.unreadable.items()),
    )


@define
class _Reached:
    """What is collected while revisions are read."""

    root: Path
    addresses: set[Address] = field(factory=set)
    mentions: Mentions = field(factory=dict)
    specs: set[tuple[str, str]] = field(factory=set)
    """Path and text of each that was read."""
    unreadable: dict[str, str] = field(factory=dict)
    _records: set[str] = field(factory=set)
    """Digests of locks and ``.dvc`` files that were read."""
    _alone: set[tuple[str, str]] = field(factory=set)
    """Path and digest of specs that say the same at every revision."""

    def work_tree(self) -> None:
        """The linked specs, all of ``spec/``, the linked stages, and what locks and ``.dvc`` files name."""
        specs = set((self.root / paths.SPECS).glob("*.toml"))
        smoke: set[Path] = set()
        if (self.root / INDEX).exists():
            try:
                index = read_index(self.root)
            except BancError as error:
                self.unreadable[INDEX] = error.message
            else:
                specs |= {
                    path for linked in index.specs.values() if (path := self.root / linked.path).exists()
                }
                smoke = {self.root / linked.path for linked in index.specs.values() if linked.smoke}
        for path in sorted(specs):
            name = os.path.relpath(path, self.root)
            try:
                loaded = load(path)
            except SpecError as error:
                self.unreadable[name] = str(error)
            else:
                self._add(name, loaded, smoke=path in smoke)
        self._linked(
            path.relative_to(self.root).as_posix() for path in self.root.glob(f"{paths.PIPELINES}/*/*.json")
        )
        for path in _records_in(self.root):
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                raise BancError(f"cannot read `{path}`: {(error.strerror or 'no reason').lower()}") from error
            self._mentioned(text, lock=is_lock(path.name))

    def revision(self, revision: Revision, files: Mapping[str, str], blobs: Mapping[str, bytes]) -> None:
        """The same for a revision. Specs and locks that were already read at another revision are not read
        again.
        """
        self._linked(files)
        for path, digest in files.items():
            if is_record(path) and digest not in self._records:
                self._records.add(digest)
                self._mentioned(blobs[digest].decode(errors="replace"), lock=is_lock(path))
            if not _SPEC.fullmatch(path):
                continue
            if (path, digest) in self._alone:
                continue
            try:
                loaded = load_at(revision, path)
            except SpecError as error:
                self.unreadable[f"{path}@{revision.name}"] = str(error)
                continue
            self._add(f"{path}@{revision.name}", loaded)
            # What a link leads to, and a network's file, may be another at each revision.
            own = any(hasattr(model, "file") for model in loaded.spec.models.values())
            if not own and b"\n" in blobs[digest]:
                self._alone.add((path, digest))

    def _add(self, name: str, loaded: Loaded, *, smoke: bool = False) -> None:
        try:
            self.addresses |= graph_of(self.root, loaded).stages.keys()
            if smoke:
                self.addresses |= graph_of(self.root, loaded, smoke=True).stages.keys()
        except BancError as error:
            self.unreadable[name] = error.message
        self.specs.add((name.partition("@")[0], loaded.source.text))

    def _linked(self, files: Iterable[str]) -> None:
        names = (match["address"] for path in files if (match := _PARAMETERS.fullmatch(path)))
        self.addresses |= {Address(name) for name in names if is_address(name)}

    def _mentioned(self, text: str, *, lock: bool) -> None:
        for stage, digests in mentions(text, lock=lock).items():
            self.mentions.setdefault(stage, set()).update(digests)


def _records_in(root: Path) -> Iterator[Path]:
    """Every ``dvc.lock`` and ``.dvc`` file of the work tree, a person's own as well."""
    passed = {".git", ".dvc", paths.PRIVATE, ".venv", "__pycache__"}
    for folder, folders, files in os.walk(root):
        outputs = {paths.RUNS} if Path(folder) == root else set()
        folders[:] = [name for name in folders if name not in passed | outputs]
        yield from (path for name in files if is_record(name) and (path := Path(folder, name)).is_file())
