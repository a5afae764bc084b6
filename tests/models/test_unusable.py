"""A person's exception as one line."""

from __future__ import annotations

import pytest

from banc.models.unusable import LONGEST, describe_exception


@pytest.mark.parametrize("more", [-1, 0, 1, 2, 1000])
def test_a_message_is_shown_whole_up_to_its_limit_and_cut_beyond(more: int) -> None:
    said = "".join(str(number % 10) for number in range(LONGEST + more))
    shown = describe_exception(ValueError(said), None, None).removeprefix("ValueError: ")
    assert len(shown) == min(len(said), LONGEST)
    assert shown == (said if more <= 0 else said[: LONGEST - 3] + "...")


def test_one_line_of_many() -> None:
    assert describe_exception(ValueError("\n first \nsecond"), None, None) == "ValueError: first "
    assert describe_exception(KeyError(), "mine.py", "/elsewhere/mine.py") == "`mine.py`: KeyError"
