"""What a plan costs, as text.

In: a graph, and what a plan of it costs. Out: lines for people: each network with its size, what is to be
done with it and how long that takes; the disk; what stored teacher outputs save. And times in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from banc.cli.words import counted_kinds, size
from banc.graph.graph import Graph
from banc.plan.costs import Costs, Total
from banc.plan.estimate import Estimate
from banc.plan.rates import Basis
from banc.plan.work import Network
from banc.printable import counted, many, one_line
from banc.stage.kinds import Address

SHOWN = 12
"""Networks, at most."""

WORDS: Mapping[Basis, str] = {
    "measured here": "measured on this device",
    "measured elsewhere": "measured elsewhere",
    "model": "from multiply-adds",
    "unknown": "of unknown time",
}
_UNITS = (("days", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
_INDENT = "  "


def cost_lines(graph: Graph, costs: Costs) -> Iterator[str]:
    """A paragraph; nothing where nothing runs."""
    if not costs.work:
        return
    yield ""
    yield f"what it costs on {one_line(str(costs.device))}"
    yield from _networks(graph, costs)
    yield from _disk(costs)
    yield from _stores(costs)


def spent(total: Total) -> str:
    """``31 h, 28 to 36 h, measured on this device``: a time, its range, and what it rests on."""
    unknown = f"{total.unknown} of unknown time" if total.unknown else ""
    if not total.seconds:
        return unknown or "nothing"
    text = f"{_ranged(total.seconds, total.low, total.high)}, {_bases(total)}"
    return f"{text}; {unknown}" if unknown else text


def took(estimate: Estimate) -> str:
    """The same of one stage."""
    if estimate.seconds is None or estimate.low is None or estimate.high is None:
        return "time unknown"
    return f"{_ranged(estimate.seconds, estimate.low, estimate.high)}, {WORDS[estimate.basis]}"


def _ranged(seconds: float, low: float, high: float) -> str:
    """A time and its range, where the words for its ends differ."""
    same = duration(low) == duration(high)
    return duration(seconds) if same else f"{duration(seconds)}, {between(low, high)}"


def duration(seconds: float) -> str:
    """``31 h``, ``1.5 h``, ``12 min``, ``4.2 days``; never 0."""
    number, unit = _parts(seconds)
    return f"{number} {unit}"


def between(low: float, high: float) -> str:
    """``28 to 36 h``, ``40 s to 2 min``."""
    (least, small), (most, large) = _parts(low), _parts(high)
    return f"{least} to {most} {large}" if small == large else f"{least} {small} to {most} {large}"


def _parts(seconds: float) -> tuple[str, str]:
    unit, length = next((pair for pair in _UNITS if seconds >= 1.5 * pair[1]), _UNITS[-1])
    number = seconds / length
    if unit == "s":
        return str(max(1, round(number))), unit
    return f"{number:.1f}" if number < 9.95 else f"{number:,.0f}", unit


def _bases(total: Total) -> str:
    shares = {basis: 100 * part / total.seconds for basis, part in total.shares.items()}
    named = {basis: part for basis, part in shares.items() if part >= 1} or shares
    if len(named) == 1:
        return WORDS[next(iter(named))]
    by_share = sorted(named.items(), key=lambda item: -item[1])
    return ", ".join(f"{part:.0f} % {WORDS[basis]}" for basis, part in by_share)


def _networks(graph: Graph, costs: Costs) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Address]] = {}
    networks: dict[str, Network] = {}
    others: list[Address] = []
    for address, work in costs.work.items():
        if work.network is None:
            others.append(address)
            continue
        networks[work.network.key] = work.network
        models = sorted({use.model for use in graph.stages[address].uses if use.model is not None})
        label = one_line(models[0]) if models else work.network.slug
        groups.setdefault((work.network.key, label), []).append(address)
    rows = [
        (
            label,
            f"{_known(networks[key].parameters, counted)} parameters",
            f"{_known(networks[key].multiply_adds, many)} multiply-adds",
            stages,
        )
        for (key, label), stages in groups.items()
    ]
    if rows:
        yield from _table(rows, costs)
    if others:
        yield f"{_INDENT}{_counts(others, costs)}: {spent(costs.total(others))}"


def _table(rows: Sequence[tuple[str, str, str, list[Address]]], costs: Costs) -> Iterator[str]:
    names, parameters, adds = (max(len(row[at]) for row in rows) for at in (0, 1, 2))
    for name, first, second, stages in rows[:SHOWN]:
        numbers = f"{name.ljust(names)}  {first.rjust(parameters)}, {second.rjust(adds)} an image"
        yield f"{_INDENT}{numbers}"
        yield f"{_INDENT}{' ' * names}  {_counts(stages, costs)}: {spent(costs.total(stages))}"
    if rows[SHOWN:]:
        rest = [address for row in rows[SHOWN:] for address in row[3]]
        yield f"{_INDENT}and {len(rows) - SHOWN} more: {spent(costs.total(rest))}"


def _counts(addresses: Iterable[Address], costs: Costs) -> str:
    return counted_kinds(Counter(costs.work[address].kind for address in addresses))


def _disk(costs: Costs) -> Iterator[str]:
    on_disk = costs.bytes
    text = f"{_INDENT}disk: {size(on_disk.writes)} of outputs, and as much in DVC's cache"
    if on_disk.unknown:
        text += f", without {on_disk.unknown} of unknown size"
    if on_disk.meanwhile:
        text += f"; {size(on_disk.meanwhile)} of checkpoints meanwhile"
    if on_disk.disk is not None:
        text += f"; {size(on_disk.disk.free)} free"
        if on_disk.disk.cache is not None:
            text += f", {size(on_disk.disk.cache)} at DVC's cache"
    yield text
    if on_disk.missing:
        yield f"{_INDENT}warning: {size(on_disk.missing)} more than is free"


def _stores(costs: Costs) -> Iterator[str]:
    stores = costs.stores
    if not stores.spared and not stores.stores:
        return
    made = "no new ones"
    if stores.stores:
        made = f"{stores.passes:,} forward passes{_in(stores.seconds)} and {size(stores.bytes)}"
    spared = f"{stores.spared:,} passes{_in(stores.spared_seconds)} spared"
    yield f"{_INDENT}stored teacher outputs: {made}, for {spared}"


def _in(seconds: float | None) -> str:
    return "" if seconds is None else f" ({duration(seconds)})"


def _known(number: int | None, words: Callable[[int], str]) -> str:
    """Of a network of a person's own ``unknown``."""
    return "unknown" if number is None else words(number)
