"""Which stages are verified, and calls that nobody can follow."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any

import pytest
from attrs import evolve

from banc.errors import BancError, UsageError
from banc.stage.address import address


def test_a_sample_is_the_same_trainings_each_time(finished: Any) -> None:
    digests = {
        name: hashlib.sha256(address(stage).encode()).hexdigest()
        for name, stage in (("teacher", finished.teacher), ("student", finished.student))
    }
    first = min(digests, key=digests.__getitem__)
    assert list(finished.verify(sample=1)) == list(finished.verify(sample=1)) == [first]
    assert list(finished.verify(sample=9)) == ["teacher", "student"]


def test_unknown_stages_and_wrong_calls_are_one_message(workspace: Any) -> None:
    data, other = address(workspace.data), address(evolve(workspace.teacher, seed=7))
    for name in (other, "nowhere", "../x", ""):
        with pytest.raises(UsageError, match="no stage `"):
            next(workspace.verdicts(data, name))
    with pytest.raises(UsageError, match="`--sample`"):
        next(workspace.verdicts(data, sample=1))
    shutil.rmtree(workspace.root / "runs")
    shutil.rmtree(workspace.root / "results")
    with pytest.raises(BancError, match="no linked stage is finished"):
        workspace.verify()
    assert not workspace.scratch.exists()


def test_a_wrong_device_is_a_wrong_call(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANC_DEVICE", "abacus")
    with pytest.raises(UsageError, match="BANC_DEVICE is `abacus`"):
        workspace.verify(workspace.teacher)
    assert not workspace.scratch.exists()
