"""Runs -> the picture of generations: one panel a network.

In: the runs of a spec. Out: places on an x axis, and lines through them. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from banc.document.document import GenerationPanel, Mark, Name, Run
from banc.language.spec import TEACHER
from banc.stage.kinds import Part


def generation_panels(runs: Sequence[Run], on: Part) -> tuple[GenerationPanel, ...]:
    """A panel for each network with at least two finished runs, in the order of ``runs``."""
    models = dict.fromkeys(run.name[0] for run in runs)
    panels = (_panel([run for run in runs if run.name[0] == model], on) for model in models)
    return tuple(panel for panel in panels if sum(bool(mark.run.errors) for mark in panel.marks) > 1)


def _panel(runs: Sequence[Run], on: Part) -> GenerationPanel:
    """``runs``: of one network, by generation, ensembles last."""
    networks = [run for run in runs if run.kind != "ensemble"]
    apart = _apart(networks)
    single = [run for run in networks if run not in apart]
    by_name = {run.name: run for run in single}
    depths: dict[Name, int] = {}
    before: dict[Name, Name | None] = {}
    for run in single:
        parent = _before(run, by_name)
        before[run.name] = parent
        depths[run.name] = 0 if parent is None else depths[parent] + 1
    chains, begun = _chains(single, before)
    ticks = [
        _tick([run for run in single if depths[run.name] == depth], depth) for depth in range(_end(depths))
    ]
    beside = [*apart, *(run for run in runs if run.kind == "ensemble")]
    places = {run.name: at for at, run in enumerate(single)}
    marks = [
        Mark(
            run,
            depths[run.name],
            chains[run.name],
            None if (parent := before[run.name]) is None else places[parent],
        )
        for run in single
    ]
    marks += [Mark(run, len(ticks) + at, 0, None) for at, run in enumerate(beside)]
    return GenerationPanel(
        runs[0].name[0],
        runs[0].network,
        (*ticks, *(run.label for run in beside)),
        tuple(marks),
        _chain_names(begun),
        on,
    )


def _chains(single: Sequence[Run], before: Mapping[Name, Name | None]) -> tuple[dict[Name, int], list[Run]]:
    """The number of each run's line, and the first run of each line.

    Args:
        single: in the order of generations.
        before: the run that comes before each; None: it is the first of all.
    """
    chains: dict[Name, int] = {}
    begun: list[Run] = []
    taken: set[Name] = set()
    for run in single:
        parent = before[run.name]
        if parent is None:
            chains[run.name] = 0
        elif before[parent] is None or parent in taken:
            # Each student of the first teacher begins a line; the teacher itself belongs to the first line.
            # Of a later teacher, the first student goes on with its line, and every other begins one.
            chains[run.name] = len(begun)
            begun.append(run)
        else:
            taken.add(parent)
            chains[run.name] = chains[parent]
    return chains, begun


def _chain_names(begun: Sequence[Run]) -> tuple[str, ...]:
    """Lines by their objective; those that share one by the label of their first run."""
    objectives = [run.objective for run in begun]
    return tuple(
        run.objective if run.objective and objectives.count(run.objective) == 1 else run.label
        for run in begun
    )


def _apart(networks: Sequence[Run]) -> list[Run]:
    """Those that are in no line, and have a place of their own: controls, and students of pairs, whose
    teachers and baselines are other rows.
    """
    by_name = {run.name: run for run in networks}
    before = {run.name: _before(run, by_name) for run in networks}
    first = next((run for run in networks if not run.teachers and not _is_control(run)), None)
    return [
        run
        for run in networks
        if before[run.name] is None and run is not first and run.name not in before.values()
    ]


def _is_control(run: Run) -> bool:
    """Who learns from labels alone and is not the network's teacher."""
    return run.kind == "trained" and not run.teachers and run.name[1] != TEACHER


def _end(depths: Mapping[Name, int]) -> int:
    return 1 + max(depths.values(), default=-1)


def _before(run: Run, of_network: Mapping[Name, Run]) -> Name | None:
    """Its teacher, if that is the same network; else the network's own first run, which had no teacher and is
    no control.
    """
    for teacher in run.teachers:
        if teacher in of_network:
            return teacher
    if not run.teachers:
        return None
    first = [
        other.name
        for other in of_network.values()
        if not other.teachers and other.name != run.name and not _is_control(other)
    ]
    return first[0] if first else None


def _tick(runs: Sequence[Run], depth: int) -> str:
    return runs[0].label if len(runs) == 1 else "teacher" if depth == 0 else f"generation {depth}"
