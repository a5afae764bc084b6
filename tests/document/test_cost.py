from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banc.document.document import Document


def test_seconds_by_run_and_in_all(document: Document) -> None:
    cost = document.reports[0].cost
    by_run = {(run.network, run.label): run for run in cost.runs}
    teacher = by_run['A "dense" <b>net</b>', "teacher"]
    assert (teacher.training, teacher.timed, teacher.of) == (3 * 31.5, 6, 6)
    assert teacher.storing == pytest.approx(3 * 2.3)
    assert cost.seconds == pytest.approx(18 * 31.5 + 6 * 2.3)
    assert (cost.timed, cost.stages) == (24, 47)


def test_what_looking_up_saved(document: Document) -> None:
    """Twelve students of 40 epochs over 200 images; six stores of nine views each."""
    saved = document.reports[0].cost.saved
    assert saved is not None
    assert (saved.passes, saved.stored) == (12 * 40 * 200, 6 * 9 * 200)
    assert saved.seconds == pytest.approx((saved.passes - saved.stored) * 1.8 / 1800)


def test_a_fresh_clone_knows_no_times(new_workspace: Callable[..., Any]) -> None:
    cost = new_workspace().gather().reports[0].cost
    assert (cost.timed, cost.seconds, cost.devices) == (0, 0, ())
    assert cost.saved is not None and cost.saved.seconds is None
