"""Differences of cells: what a table says of one way to train beside another, and what it must not say.

In: the places to compare, and what is known of their scores. Out: differences, corrected over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from banc.report.cells import Cell, Comparison, MeasuredCell, Place
from banc.report.collect import AllDetails
from banc.report.statistics.holm import holm
from banc.stage.layout import Layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def compare(
    layout: Layout, cells: Mapping[Place, Cell], details: AllDetails, pairs: Sequence[tuple[Place, Place]]
) -> tuple[Comparison, ...]:
    """The differences of ``pairs``, first less second; of those that have a seed in common.

    Errors are compared image by image where ``details`` says on which images each network errs, everything
    else by its mean over the images.
    """
    from banc.report.statistics.difference import by_seeds, by_seeds_and_images, of_two_networks

    values = {place: _by_seed(layout, cells[place], place) for pair in pairs for place in pair}
    sides = _Sides(layout, details)
    common = {(one, two): tuple(seed for seed in values[one] if seed in values[two]) for one, two in pairs}
    for pair, seeds in common.items():
        for place in pair if seeds else ():
            sides.need(place, seeds)
    compared = []
    for (one, two), seeds in common.items():
        if not seeds:
            continue
        first, second = sides.counted(one, seeds), sides.counted(two, seeds)
        if first is None or second is None or first.shape != second.shape:
            difference = by_seeds(*([values[place][seed] for seed in seeds] for place in (one, two)))
        elif len(seeds) == 1:
            difference = of_two_networks(first, second)
        else:
            draws = sides.draws(one, seeds) - sides.draws(two, seeds)
            difference = by_seeds_and_images(first, second, sides.seeds(len(seeds)), draws)
        compared.append(Comparison(one, two, difference))
    return _corrected(compared)


def _by_seed(layout: Layout, cell: Cell, place: Place) -> dict[int | None, float]:
    """What a cell measured, by the spec's seed. An ensemble across seeds has none, and one value."""
    if not isinstance(cell, MeasuredCell):
        return {}
    return {
        layout.seed_of.get(address): value
        for address, value in zip(layout.scores[place], cell.values, strict=True)
        if value is not None
    }


def _corrected(compared: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Over those that have a p-value which speaks of the way to train."""
    tested = [
        comparison
        for comparison in compared
        if comparison.difference.enough and comparison.difference.p is not None
    ]
    adjusted = holm([comparison.difference.p for comparison in tested if comparison.difference.p is not None])
    by_pair = {(one.first, one.second): p for one, p in zip(tested, adjusted, strict=True)}
    return tuple(
        evolve(
            comparison,
            difference=evolve(
                comparison.difference, adjusted=by_pair.get((comparison.first, comparison.second))
            ),
        )
        for comparison in compared
    )


_Side = tuple[Place, tuple[int | None, ...]]


@frozen
class _Sides:
    """Which images count: those on which the networks of a cell err; or, if it shows accuracies, do not.

    And the draws of the bootstrap, which all cells share.
    """

    layout: Layout
    details: AllDetails
    _counted: dict[_Side, NDArray[np.bool_] | None] = field(factory=dict)
    _draws: dict[_Side, NDArray[np.float64]] = field(factory=dict)
    _seeds: dict[int, NDArray[np.float64]] = field(factory=dict)

    def need(self, place: Place, seeds: tuple[int | None, ...]) -> None:
        """Collects the outcomes of a side; None where they are not known, or another quantity is shown."""
        import numpy as np

        if (place, seeds) in self._counted:
            return
        self._counted[place, seeds] = None
        (column,) = (shown for shown in self.layout.columns if shown.name == place[1])
        by_seed = {self.layout.seed_of.get(score): score for score in self.layout.scores[place]}
        known = [self.details.get(by_seed[seed]) for seed in seeds]
        outcomes = [details.outcomes for details in known if details is not None]
        alike = len(outcomes) == len(seeds) and len({len(outcome) for outcome in outcomes}) == 1
        if column.quantity in ("error", "accuracy") and alike:
            wrong = np.stack(outcomes) > 0
            self._counted[place, seeds] = wrong if column.quantity == "error" else ~wrong

    def counted(self, place: Place, seeds: tuple[int | None, ...]) -> NDArray[np.bool_] | None:
        """(S, N)."""
        return self._counted[place, seeds]

    def seeds(self, number: int) -> NDArray[np.float64]:
        """Weights of seeds."""
        from banc.report.statistics.bootstrap import seed_draws

        if number not in self._seeds:
            self._seeds[number] = seed_draws(number)
        return self._seeds[number]

    def draws(self, place: Place, seeds: tuple[int | None, ...]) -> NDArray[np.float64]:
        """The numbers of a cell on resampled test sets, as fractions; drawn for all sides at once."""
        import numpy as np

        from banc.report.statistics.bootstrap import image_draws

        if (place, seeds) not in self._draws:
            sides = {side: counted for side, counted in self._counted.items() if counted is not None}
            for images in {array.shape[1] for array in sides.values()}:
                alike = [side for side, counted in sides.items() if counted.shape[1] == images]
                drawn = image_draws(np.stack([sides[side].sum(0) for side in alike]))
                for at, side in enumerate(alike):
                    self._draws[side] = drawn[:, at] / len(side[1])
        return self._draws[place, seeds]
