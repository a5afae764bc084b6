"""A plan as text.

In: a plan and its costs. Out: lines for people: what runs and why, by the names of the spec, then what goes
on from a checkpoint, what waits, what is restored, what it costs, and one line that sums up. Stages for one
reason stand together, and what follows from them is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from banc.cli.show_costs import cost_lines, spent, took
from banc.cli.words import count, counted_kind, counted_kinds, of_seeds, size, value
from banc.graph.graph import Graph
from banc.plan.costs import Costs
from banc.plan.reason import (
    Change,
    CommandChanged,
    FieldsChanged,
    InputChanged,
    InputMissing,
    InputsChanged,
    NeverRun,
    OutputLost,
    Reason,
    RecordMissing,
    RevisionChanged,
    Upstream,
)
from banc.plan.record import restored
from banc.plan.step import Action, Keep, Plan, Restore, Run, Step, Wait
from banc.printable import one_line
from banc.stage.called import spoken
from banc.stage.kinds import NETWORKS, Address

SHOWN = 12
"""Lines of names below one reason, at most; ``--addresses`` shows everything."""

_INDENT = "  "
_NAME = re.compile(r"(?P<run>.+) seed (?P<seed>-?\d+)(?: (?:outputs|score)(?P<made> (?:with|on) .+)?)?")
_OF_SEED = re.compile(r"(?P<run>.+) seed (?P<seed>-?\d+)(?P<rest>.*)")
_STORE = re.compile(r"(?P<network>.+ seed (?P<seed>-?\d+)) outputs for seed (?P<students>-?\d+)")
_PAINT = {Run: "33", Wait: "36", Restore: "34", Keep: "32"}


def lines(plan: Plan, graph: Graph, costs: Costs, *, color: bool) -> Iterator[str]:
    """The whole plan: reasons first, then what it costs, the sum last."""
    runs = plan.of(Run)
    if runs:
        yield ""
        yield _painted(f"{len(runs)} to run", Run, color=color)
        yield from _runs(runs)
    yield from _going_on(plan)
    yield from _running(plan)
    waits = plan.of(Wait)
    if waits:
        yield ""
        first = {
            address: None for step in waits if isinstance(step.action, Wait) for address in step.action.on
        }
        steps = {step.address: step for step in plan.steps}
        what = together([_label(steps[address]) for address in first])
        yield _painted(f"{len(waits)} that wait for {what}", Wait, color=color)
        yield f"{_INDENT}{counts(waits)}"
        yield f"{_INDENT}kept or restored if that ends in the same bytes as before; otherwise run"
    restores = plan.of(Restore)
    if restores:
        yield ""
        yield _painted(f"{len(restores)} to restore from DVC's cache", Restore, color=color)
        yield from _indented(names(restores))
    yield from cost_lines(graph, costs)
    yield ""
    yield summary(plan, costs)


def listed(plan: Plan, graph: Graph, costs: Costs, *, color: bool) -> Iterator[str]:
    """Every stage on a line of its own, what they cost, and the sum."""
    yield ""
    for step in plan.steps:
        word, more = _word(step.action)
        name = f"  ({one_line(spoken(step.names))})" if step.names else ""
        if step.address in costs.estimates:
            more += f"  [{took(costs.estimates[step.address])}]"
        yield f"{_painted(word.ljust(7), type(step.action), color=color)}  {step.address}{name}{more}"
    yield from cost_lines(graph, costs)
    yield ""
    yield summary(plan, costs)


def summary(plan: Plan, costs: Costs) -> str:
    """``12 to run (31 h, 28 to 36 h, measured on this device), 4 to restore (1.6 GB), 96 kept``."""
    runs, waits, restores, keeps = (len(plan.of(kind)) for kind in (Run, Wait, Restore, Keep))
    parts = [f"{runs} to run{_time(plan.of(Run), costs)}"]
    if waits:
        parts.append(f"{waits} that may run{_time(plan.of(Wait), costs)}")
    parts.append(f"{restores} to restore" + (f" ({size(restored(plan))})" if restores else ""))
    return ", ".join([*parts, f"{keeps} kept"])


def _time(steps: Sequence[Step], costs: Costs) -> str:
    return f" ({spent(costs.total(step.address for step in steps))})" if steps else ""


def _word(action: Action) -> tuple[str, str]:
    match action:
        case Keep():
            return "keep", ""
        case Restore(restored_bytes):
            return "restore", f"  {size(restored_bytes)}"
        case Run(Upstream(first)):
            return "run", f"  follows from {first}"
        case Run(reason):
            return "run", f"  {why(reason)}"
        case Wait(on):
            return "wait", f"  for {on[0]}" + (f" and {len(on) - 1} more" if on[1:] else "")


def _runs(runs: Sequence[Step]) -> Iterator[str]:
    """A paragraph for each reason, in the order of the stages."""
    groups: dict[str, tuple[list[Step], list[Step]]] = {}
    of_first: dict[Address, str] = {}
    for step in runs:
        assert isinstance(step.action, Run)
        match step.action.reason:
            case Upstream(first):
                groups[of_first[first]][1].append(step)
            case reason:
                of_first[step.address] = why(reason)
                groups.setdefault(why(reason), ([], []))[0].append(step)
    for reason_text, (first_ones, followers) in groups.items():
        yield f"{_INDENT}{reason_text}"
        named = [step for step in first_ones if step.kind in NETWORKS] or first_ones
        yield from _indented(names(named), 2)
        rest = [step for step in first_ones if step not in named]
        if rest:
            yield f"{_INDENT * 2}and {counts(rest)}"
        if followers:
            what = "it" if len(first_ones) == 1 else "them"
            yield f"{_INDENT * 2}and what follows from {what}: {counts(followers)}"


def why(reason: Reason) -> str:
    """A reason in a few words; stages with the same words are shown together."""
    match reason:
        case NeverRun():
            return "never run"
        case FieldsChanged(changes=changes):
            return ", ".join(map(_change, changes))
        case InputsChanged(role=role, added=added, removed=removed):
            return f"`{role}` has {len(added)} more and {len(removed)} fewer than before"
        case RevisionChanged(item=""):
            return "another version of banc gave it another address"
        case RevisionChanged(item=item, before=before, now=now):
            return f"revision of {item}: {before} -> {now}"
        case CommandChanged(before=before, now=now):
            return f"command: `{one_line(before)}` -> `{now}`"
        case InputChanged():
            return "an input has changed since it ran"
        case InputMissing(path):
            return f"`{one_line(path)}` is missing (`dvc pull` fetches it), and `dvc repro` stops there"
        case OutputLost(paths, "missing"):
            return f"{_files(paths)} missing, here and in DVC's cache (`dvc pull` fetches what ran elsewhere)"
        case OutputLost(paths, "edited"):
            return f"{_files(paths)} edited, and DVC's cache does not have what was recorded"
        case OutputLost(paths, "not in cache"):
            return f"{_files(paths)} here, but missing from DVC's cache (`dvc commit` puts them back)"
        case OutputLost(paths, "not recorded"):
            return f"{_files(paths)} not in dvc.lock: an older version of banc did not write them"
        case RecordMissing():
            return "outputs exist, but no dvc.lock records how they were made"
        case Upstream(first):
            return f"follows from {first}"
        case _:
            raise AssertionError(reason)


def _files(paths: tuple[str, ...]) -> str:
    return f"`{paths[0].rpartition('/')[2]}` is" if len(paths) == 1 else "outputs are"


def _change(change: Change) -> str:
    return f"{change.field}: {value(change.before)} -> {value(change.now)}"


def _going_on(plan: Plan) -> Iterator[str]:
    going = [step for step in plan.steps if step.checkpoint is not None]
    if going:
        yield ""
        yield "from a checkpoint"
    for step in going:
        assert step.checkpoint is not None
        done, steps = step.checkpoint.done, step.checkpoint.steps
        if step.kind == "train":
            far = f"after epoch {done} of {step.epochs}" + (f" and {count(steps, 'step')}" if steps else "")
        else:
            far = f"after {done:,} outputs"
        yield f"{_INDENT}{_label(step)}: goes on {far}"


def _running(plan: Plan) -> Iterator[str]:
    running = [step for step in plan.steps if step.holder is not None]
    if running:
        yield ""
        yield "running now, so `dvc repro` would be refused there"
    for step in running:
        assert step.holder is not None
        yield f"{_INDENT}{_label(step)}: process {step.holder.process}"


def names(steps: Iterable[Step]) -> Iterator[str]:
    """Runs by name, with their seeds; what has no seed by what it is called."""
    seeds: dict[tuple[str, str], list[int]] = {}
    kinds: dict[tuple[str, str], Counter[str]] = {}
    several = list(steps)
    stores = [store for step in several if (store := _STORE.fullmatch(_name(step)))]
    # A teacher's stores for students of other seeds than its own are listed by those.
    for_others = {store["network"] for store in stores if store["seed"] != store["students"]}
    for step in several:
        name = _name(step)
        if (store := _STORE.fullmatch(name)) and store["network"] not in for_others:
            name = store["network"]
        match = _NAME.fullmatch(name)
        run = (match["run"], match["made"] or "") if match else (name, "")
        if match:
            seeds.setdefault(run, []).append(int(match["seed"]))
        kinds.setdefault(run, Counter())[step.kind] += 1
    for run, of_run in kinds.items():
        name, made = run
        text = f"{name} {of_seeds(seeds[run])}" if run in seeds else name
        others = [counted_kind(kind, number) for kind, number in of_run.items() if kind not in NETWORKS]
        yield text + (
            f": {', '.join(others)}{made}"
            if others and run in seeds and not of_run.keys() & {*NETWORKS}
            else ""
        )


def _indented(names: Iterable[str], depth: int = 1) -> Iterator[str]:
    several = list(names)
    for name in several[:SHOWN]:
        yield f"{_INDENT * depth}{name}"
    if several[SHOWN:]:
        yield f"{_INDENT * depth}and {len(several) - SHOWN} more (`--addresses` shows all)"


def together(several: Sequence[str]) -> str:
    """Names of stages in one: ``densenet ban-2 seeds 0, 1``, or the first and how many more there are."""
    found = [match for name in several if (match := _OF_SEED.fullmatch(name))]
    runs = {(match["run"], match["rest"]) for match in found}
    if len(found) == len(several) > 1 and len(runs) == 1:
        ((run, rest),) = runs
        return f"{run} {of_seeds(int(match['seed']) for match in found)}{rest}"
    return several[0] + (f" and {len(several) - 1} more" if several[1:] else "")


def _label(step: Step) -> str:
    return one_line(spoken(step.names)) if step.names else step.address


def _name(step: Step) -> str:
    return one_line(step.names[0]) if step.names else step.address


def counts(steps: Iterable[Step]) -> str:
    return counted_kinds(Counter(step.kind for step in steps))


def _painted(text: str, action: type[Action], *, color: bool) -> str:
    return f"\x1b[{_PAINT[action]}m{text}\x1b[0m" if color else text
