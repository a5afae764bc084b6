from __future__ import annotations

import pytest

from banc.cli.words import of_seeds, value
from banc.digest import Json


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


@pytest.mark.parametrize(
    ("json_value", "said"),
    [
        (None, "none"),
        ("a\nb", "a b"),
        ("0123456789abcdef" * 4, "0123456789ab"),
        ("0123456789abcdef" * 5, "0123456789abcdef" * 5),
        ([1, 2.5], "[1, 2.5]"),
    ],
)
def test_a_value_is_one_line_and_a_digest_its_beginning(json_value: Json, said: str) -> None:
    assert value(json_value) == said
