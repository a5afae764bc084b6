"""From a path to a spec that means something.

In: a file's path. Out: a checked ``Spec`` with its warnings. The one door into the language.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from banc.spec.check import check
from banc.spec.codes import Code
from banc.spec.fault import Fault
from banc.spec.language import Spec
from banc.spec.source import Source, SpecError, read_source
from banc.spec.structure import structure


@frozen
class Loaded:
    """A spec without errors."""

    source: Source
    spec: Spec
    warnings: list[Fault]


def load(path: Path | str) -> Loaded:
    """Reads and checks one spec.

    Raises:
        SpecError: the faults of the first phase that has errors.
    """
    source = read_source(path)
    spec = structure(source)
    return Loaded(source, spec, check(source, spec))


def load_all(specs: Sequence[Path]) -> list[Loaded]:
    """Every spec, checked.

    Raises:
        SpecError: the faults of all specs that have any.
    """
    loaded: list[Loaded] = []
    faults: list[Fault] = []
    for path in dict.fromkeys(specs):
        try:
            loaded.append(load(path))
        except SpecError as error:
            faults += error.faults
    names: dict[str, Loaded] = {}
    for it in loaded:
        there = names.setdefault(it.source.name, it)
        if Path(there.source.file).resolve() != Path(it.source.file).resolve():
            message = f"`{there.source.file}` is called `{it.source.name}` too"
            faults.append(it.source.fault(Code.SAME_NAME, (), message))
    if faults:
        raise SpecError(faults)
    return list(names.values())
