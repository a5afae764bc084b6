"""A person's exception as one line."""

from __future__ import annotations

import pytest

from banc.models.unusable import LONGEST, escaped


@pytest.mark.parametrize("more", [-1, 0, 1, 2, 1000])
def test_a_message_is_shown_whole_up_to_its_limit_and_cut_beyond(more: int) -> None:
    said = "".join(str(number % 10) for number in range(LONGEST + more))
    shown = escaped(ValueError(said), None, None).removeprefix("ValueError: ")
    assert len(shown) == min(len(said), LONGEST)
    assert shown == (said if more <= 0 else said[: LONGEST - 3] + "...")


def test_one_line_of_many() -> None:
    assert escaped(ValueError("\n first \nsecond"), None, None) == "ValueError: first "
    assert escaped(KeyError(), "mine.py", "/elsewhere/mine.py") == "`mine.py`: KeyError"
