from __future__ import annotations

import pytest

from banc.cli.words import of_seeds


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ([0], "seed 0"),
        ([1, 0, 1], "seeds 0, 1"),
        ([2, 1, 0], "seeds 0, 1, 2"),
        ([10, 2, 1, 0, 3], "seeds 0 to 3, 10"),
        ([-3, -2, -1, 0, 7, 9, 8, 10], "seeds -3 to 0, 7 to 10"),
    ],
)
def test_seeds_are_listed_by_number(seeds: list[int], said: str) -> None:
    assert of_seeds(seeds) == said
