"""Where a spec says something of a run: of its model alone, of its group, or of everybody.

In: a checked spec and a run that it declares. Out: places, the one that counts first. A run of a sweep is one
of the sweep's lineage, transfer or control, but for the fields that are swept.
"""

from __future__ import annotations

from banc.language.declared import DeclaredRun
from banc.language.positions import KeyPath
from banc.language.source import Source
from banc.language.spec import Spec
from banc.language.sweeps import Field, fields, path_of


def group_path(spec: Spec, run: DeclaredRun) -> KeyPath:
    """The table of the lineage, transfer or control that the run is of; of a teacher or baseline, where it is
    declared.
    """
    if run.path[0] != "sweeps":
        return run.path
    of = spec.sweeps[str(run.path[1])].of
    kind = "lineages" if of in spec.lineages else "transfers" if of in spec.transfers else "controls"
    return kind, of


def tables_of(spec: Spec, run: DeclaredRun) -> list[KeyPath]:
    """The tables that say something of the run alone, or of its group."""
    if not run.has_own_recipe:
        return []
    group = group_path(spec, run)
    swept = [run.path] if group != run.path else []
    return [*swept, (*group, "except", run.name[0]), group]


def recipe_tables(spec: Spec, run: DeclaredRun) -> list[KeyPath]:
    """The places of a run's recipe."""
    own = [(*table, "recipe") for table in tables_of(spec, run)]
    return [*own, ("recipe", "except", run.network), ("recipe",)]


def place_of(source: Source, spec: Spec, run: DeclaredRun, *keys: str) -> KeyPath:
    """The place of ``keys`` that counts for the run; where nobody says them, the last that could."""
    for field in _swept(spec, run):
        if field[: len(keys)] == keys:
            return path_of(str(run.path[1]), field)
    places = [(*table, *keys) for table in tables_of(spec, run)]
    if keys[0] == "recipe":
        places = [(*table, *keys[1:]) for table in recipe_tables(spec, run)]
    return next((place for place in places if place in source.positions.values), places[-1])


def swept_place(spec: Spec, run: DeclaredRun, *names: Field) -> KeyPath | None:
    """The place of the first of these fields that the run's sweep sweeps; None where it sweeps none."""
    swept = _swept(spec, run)
    return next((path_of(str(run.path[1]), field) for field in names if field in swept), None)


def _swept(spec: Spec, run: DeclaredRun) -> list[Field]:
    return [field for field, _ in fields(spec.sweeps[str(run.path[1])])] if run.path[0] == "sweeps" else []
