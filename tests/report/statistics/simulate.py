"""How often intervals hold the truth, and how often a table without differences claims one: by simulation.

    python tests/report/statistics/simulate.py [--tables 400]

Networks of all ways err with one probability, so every true difference is zero. What varies: images are hard
or easy, for all ways alike; some images are harder for one way, seeds are luckier than others, and each
network has chance of its own. Both factors are drawn anew in each experiment.
"""

from __future__ import annotations

import argparse
from itertools import combinations

import numpy as np

from banc.report.statistics.bootstrap import image_draws, seed_draws
from banc.report.statistics.difference import Difference, by_seeds_and_images
from banc.report.statistics.holm import LEVEL, holm

IMAGES = 400
AT_ONCE = 50
"""Experiments."""
WAYS = 6
"""Of a table: 15 pairs, or 5 differences to the first one."""
SEEDS = (6, 10, 20)
VARYING = {"neither": (0.0, 0.0), "seeds": (0.2, 0.0), "images": (0.0, 0.5), "both": (0.2, 0.5)}
"""By how much luck differs from seed to seed, and the difficulty of an image from way to way. The chance of a
single network on a single image is 1."""


def experiment(source: np.random.Generator, seeds: int, of_seeds: float, of_images: float) -> np.ndarray:
    """On which images the networks err: bool (WAYS, seeds, IMAGES)."""
    difficulty = source.normal(-1.2, 1.5, IMAGES)
    for_one_way = source.normal(0, of_images, (WAYS, 1, IMAGES))
    luck = source.normal(0, of_seeds, (WAYS, seeds, 1))
    wrong: np.ndarray = difficulty + for_one_way + luck + source.normal(0, 1, (WAYS, seeds, IMAGES)) > 0
    return wrong


def all_differences(number: int, seeds: int, varying: str) -> list[list[Difference]]:
    """Of each experiment the differences of all pairs of ways, those to the first one first."""
    source = np.random.default_rng([seeds, [*VARYING].index(varying)])
    weights, tables = seed_draws(seeds), []
    for begin in range(0, number, AT_ONCE):
        several = [
            experiment(source, seeds, *VARYING[varying]) for _ in range(begin, min(begin + AT_ONCE, number))
        ]
        draws = image_draws(np.concatenate([wrong.sum(1) for wrong in several])) / seeds
        for wrong, means in zip(several, np.split(draws, len(several), axis=1), strict=True):
            tables.append(
                [
                    by_seeds_and_images(wrong[one], wrong[two], weights, means[:, one] - means[:, two])
                    for one, two in combinations(range(WAYS), 2)
                ]
            )
    return tables


def holds(difference: Difference) -> bool:
    """Whether the interval holds the truth."""
    return (difference.low or 0.0) <= 0 <= (difference.high or 0.0)


def claims(table: list[Difference]) -> bool:
    return min(holm([difference.p for difference in table if difference.p is not None])) < LEVEL


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulates tables of six ways without a difference.")
    parser.add_argument("--tables", type=int, default=400, help="how many for each line; default: 400")
    number = parser.parse_args().tables
    print(f"{number} tables a line, {IMAGES} images; in percent")
    print("seeds  varying  intervals that hold 0  tables that claim any of 5 differences  of 15")
    for seeds in SEEDS:
        for varying in VARYING:
            tables = all_differences(number, seeds, varying)
            shares = (
                np.mean([holds(difference) for table in tables for difference in table]),
                np.mean([claims(table[: WAYS - 1]) for table in tables]),
                np.mean([claims(table) for table in tables]),
            )
            cells = (f"{100 * share:.1f}" for share in shares)
            print("{:5}  {:7}  {:>21}  {:>38}  {:>5}".format(seeds, varying, *cells), flush=True)


if __name__ == "__main__":
    main()
