"""Errors that a person can cause."""

from __future__ import annotations

import pytest

from banc.errors import BancError, UsageError


def test_a_message_and_what_to_do_about_it() -> None:
    error = BancError("cannot write `x`: disk full", hint="free some space")
    assert (error.message, error.hint) == ("cannot write `x`: disk full", "free some space")
    assert str(error) == error.message, "a hint is told apart"
    assert BancError("x").hint is None


def test_exit_codes_tell_a_failed_job_from_a_wrong_call() -> None:
    assert BancError("x").exit_code == 1
    assert UsageError("x").exit_code == 2
    with pytest.raises(BancError):
        raise UsageError("whoever catches one catches both")
