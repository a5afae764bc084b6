"""From a path to a spec that means something.

In: a file's path. Out: a checked ``Spec`` with its warnings. The one door into the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from banc.git import Revision
from banc.language.check import check
from banc.language.check_weights import check_weights
from banc.language.codes import Code
from banc.language.fault import Fault
from banc.language.source import Source, SpecError, read_source, read_source_at
from banc.language.spec import Spec
from banc.language.structure import structure


@frozen
class Loaded:
    """A spec without errors."""

    source: Source
    spec: Spec
    warnings: list[Fault]


@frozen
class Checked:
    """What checking some specs gives."""

    loaded: tuple[Loaded, ...]
    """The specs without errors."""
    faults: tuple[Fault, ...]
    """Of all specs, by file and by line: warnings, and the errors of the first phase that has any."""


def load(path: Path | str) -> Loaded:
    """Reads and checks one spec.

    Raises:
        SpecError: the faults of the first phase that has errors.
    """
    return _load(read_source(path))


def load_at(revision: Revision, path: str) -> Loaded:
    """The same for a spec as it stood at a revision, with its own networks' files of that revision.

    Args:
        path: relative to the workspace.

    Raises:
        SpecError: as above.
        BancError: git cannot be asked.
    """
    return _load(read_source_at(revision, path))


def _load(source: Source) -> Loaded:
    spec = structure(source)
    faults = check(source, spec)
    if source.revision is None:
        # Git seldom has such files, and their digests, which the spec names, are all that anybody compares.
        faults = in_order([*faults, *check_weights(source, spec)], [Path(source.file)])
    if has_errors(faults):
        raise SpecError(faults)
    return Loaded(source, spec, faults)


def check_all(specs: Sequence[Path]) -> Checked:
    """Every spec, checked, whatever is wrong with the others. One that is named twice is one."""
    names: dict[str, Loaded] = {}
    faults: list[Fault] = []
    for path in dict.fromkeys(specs):
        try:
            loaded = load(path)
        except SpecError as error:
            faults += error.faults
            continue
        there = names.setdefault(loaded.source.name, loaded)
        if there is loaded:
            faults += loaded.warnings
        elif Path(there.source.file).resolve() != Path(loaded.source.file).resolve():
            message = f"`{there.source.file}` is called `{loaded.source.name}` too"
            faults += [loaded.source.fault(Code.SAME_NAME, (), message), *loaded.warnings]
    return Checked(tuple(names.values()), tuple(faults))


def load_all(specs: Sequence[Path]) -> list[Loaded]:
    """Every spec, checked.

    Raises:
        SpecError: there are errors; with the warnings of all specs.
    """
    checked = check_all(specs)
    if has_errors(checked.faults):
        raise SpecError(list(checked.faults))
    return list(checked.loaded)


def load_all_at(revision: Revision, specs: Iterable[str]) -> list[Loaded]:
    """Every spec as it stood at a revision, checked; paths are relative to the workspace.

    Raises:
        SpecError: there are errors, of all specs.
        BancError: git cannot be asked.
    """
    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for path in specs:
        try:
            loaded.append(load_at(revision, path))
        except SpecError as error:
            faults += error.faults
    if faults:
        raise SpecError(faults)
    return loaded


def has_errors(faults: Iterable[Fault]) -> bool:
    """Whether there is more than warnings."""
    return any(fault.severity == "error" for fault in faults)


def in_order(faults: Iterable[Fault], specs: Sequence[Path]) -> list[Fault]:
    """By file, as ``specs`` names them, and by line."""
    files = {file: at for at, file in enumerate(dict.fromkeys(map(str, specs)))}

    def place(fault: Fault) -> tuple[int, int, int, str]:
        return files[fault.file], fault.span.line, fault.span.column, fault.code.code

    return sorted(faults, key=place)
