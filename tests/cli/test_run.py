"""How a stage is named and refused; ``tests/runner`` has what stages do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]


@pytest.fixture
def addresses(banc: Banc, workspace: Path) -> dict[str, str]:
    """One linked stage of each kind, by kind."""
    banc("compile")
    return {path.stem.partition("-")[0]: path.stem for path in sorted(workspace.glob("pipelines/*/*-*.json"))}


def test_a_stage_runs_from_anywhere_below_its_workspace(
    banc: Banc, workspace: Path, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace / "spec")
    done = banc("run", addresses["data"])
    assert (done.code, done.err) == (0, "")
    assert (workspace / "runs" / addresses["data"] / "test_labels.npy").is_file()


@pytest.mark.parametrize("kind", ["train", "predict", "score", "table"])
def test_a_stage_without_its_inputs_says_who_makes_them(
    banc: Banc, workspace: Path, addresses: dict[str, str], kind: str
) -> None:
    done = banc("run", addresses[kind])
    assert (done.code, done.out) == (1, "")
    name = {"train": "a ban-1 seed 0", "predict": "a teacher seed 0 outputs", "table": "table of a-table"}
    name["score"] = "a ban-1 seed 0 score" if "ban" in addresses[kind] else "a teacher seed 0 score"
    if kind == "train" and "labels" in addresses[kind]:
        name["train"] = "a teacher seed 0"
    assert f"error: {addresses[kind]} ({name[kind]}): input `runs/" in done.err
    assert "hint: `dvc repro`" in done.err
    assert not (workspace / "runs").exists()
    assert not (workspace / "results").exists()


def test_a_stage_that_is_not_linked_is_told(banc: Banc, workspace: Path, addresses: dict[str, str]) -> None:
    done = banc("run", "train-densenet-bc-10-2-labels-s0-0123456789ab")
    assert done.code == 2
    assert "no stage `train-densenet-bc-10-2-labels-s0-0123456789ab` in `pipelines/`" in done.err


@pytest.mark.parametrize(
    "damage", ["{", "[]", '{"kind": "train"}', '{"kind": "data", "source": "cifar100"}', "\xff"]
)
def test_a_damaged_parameter_file_is_told(
    banc: Banc, workspace: Path, addresses: dict[str, str], damage: str
) -> None:
    (path,) = workspace.glob(f"pipelines/*/{addresses['data']}.json")
    path.write_bytes(damage.encode("latin-1"))
    done = banc("run", addresses["data"])
    assert done.code == 2
    assert "was not written by this version of banc" in done.err
    assert "banc compile" in done.err


def test_a_run_is_named_as_in_the_spec(banc: Banc, workspace: Path, addresses: dict[str, str]) -> None:
    done = banc("run", "a/ban-1", "--kind", "data")
    assert (done.code, done.err) == (0, "")
    assert (workspace / "runs" / addresses["data"] / "data.json").is_file()
    assert "(a teacher seed 0 outputs): input `" in banc("run", "a/teacher", "--kind", "predict").err


def test_a_run_with_several_seeds_lists_them(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    spec.write_text(spec.read_text().replace("seeds = [0]", "seeds = [3, 0]"))
    banc("compile")
    done = banc("run", "a/ban-1")
    assert done.code == 2
    assert (
        "error: `a/ban-1` has the seeds 0 and 3\nhint: choose one: `--seed 0`, in Python `seed=0`" in done.err
    )
    assert "(a ban-1 seed 3): input `" in banc("run", "a/ban-1", "--seed", "3").err
