"""``banc verify`` on a workspace that the real DVC ran."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Banc = Callable[..., Any]

SPEC = """
banc = 1
title = "Tiny"
data = { set = "digits", train = 20 }
seeds = [0, 1]
baselines = ["a"]
recipe = { epochs = 1, batch = 10, weight_decay = 1e-5, augment = { pad = 0, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
[table]
rows = "a"
columns = ["baseline"]
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, forked: Path) -> Path:
    root = tmp_path_factory.mktemp("verify").resolve() / "workspace"
    root.mkdir()
    own = {
        name: str(tmp_path_factory.mktemp("dvc")) for name in ("DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR")
    }
    own["PATH"] = os.pathsep.join([str(forked), os.environ["PATH"]])

    def call(*command: str) -> None:
        done = subprocess.run(
            command,
            cwd=root,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    call("banc", "init")
    (root / "spec/quickstart.toml").unlink()
    (root / "spec/tiny.toml").write_text(SPEC)
    call("banc", "compile")
    call("dvc", "--wait-for-lock", "repro")
    return root


@pytest.fixture
def workspace(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a copy of the workspace that ran."""
    root = tmp_path.resolve() / "workspace"
    shutil.copytree(ran, root, ignore=shutil.ignore_patterns("cache", ".git"))
    for path in (root / "runs").rglob("*"):
        path.chmod(0o755)  # DVC protects what is in its cache
    monkeypatch.chdir(root)
    return root


def one(root: Path, pattern: str) -> Path:
    return sorted(root.glob(pattern))[0]


def test_what_dvc_ran_is_identical_a_line_a_stage(banc: Banc, workspace: Path) -> None:
    done = banc("verify")
    assert done.code == 0, done.out
    *stages, summary = done.out.splitlines()
    assert summary == "6 stages: 6 identical"
    kinds = [line.split()[1].partition("-")[0] for line in stages]
    assert kinds[0] == "data"
    assert sorted(kinds) == ["data", "score", "score", "table", "train", "train"]
    assert all(line.startswith("identical         ") for line in stages)
    assert kinds[-1] == "table"
    # Progress stays out of what programs read.
    assert "1/6 data-" in done.err
    assert "epochs of training in" in done.err


def test_an_edited_metric_is_named_with_how_far(banc: Banc, workspace: Path) -> None:
    path = one(workspace, "runs/score-*/metrics.json")
    metrics = json.loads(path.read_text())
    path.write_text(path.read_text().replace(str(metrics["test_error"]), str(metrics["test_error"] - 8)))
    address = path.parent.name
    done = banc("verify", address)
    assert done.code == 1
    verdict, head, row, *same, edited, summary = done.out.splitlines()
    seed = "0" if "-s0-" in address else "1"
    assert verdict == f"different         {address}  (a teacher seed {seed} score)  edited"
    assert head.split() == [
        "file",
        "answer",
        "numbers",
        "that",
        "differ",
        "absolute",
        "relative",
        "furthest",
        "off",
    ]
    assert row.split()[:7] == ["metrics.json", "different", "1", "of", "5", "8.0e+00", row.split()[6]]
    assert row.endswith("  test_error")
    assert [line.split() for line in same] == [
        [name, "identical"] for name in ("outcomes.npy", "quality.json")
    ]
    assert edited.strip().startswith(f"edited output: `runs/{address}/metrics.json` has ")
    assert summary == "1 stage: 1 different; 1 edited"


def test_an_edited_dvc_lock_is_found(banc: Banc, workspace: Path) -> None:
    lock = workspace / "dvc.lock"
    recorded = lock.read_text().rpartition("md5: ")[2].split()[0]
    lock.write_text(lock.read_text().replace(recorded, "ab" * 16))
    done = banc("verify", "table-tiny")
    assert done.code == 1
    assert "identical         table-tiny  (table of tiny)  edited" in done.out
    assert f"md5 {recorded}; recorded: " in done.out
    assert "ab" * 16 in done.out


def test_json_says_all_of_it(banc: Banc, workspace: Path) -> None:
    facts = one(workspace, "runs/train-*/model.json")
    facts.write_text(facts.read_text().replace('"python": "', '"python": "2.7 or '))
    done = banc("verify", "--format", "json", facts.parent.name, "table-tiny")
    assert done.code == 1
    found = json.loads(done.out)
    assert found["good"] is False
    assert found["edited"] == 1
    assert found["counts"] == {
        "identical": 2,
        "within tolerance": 0,
        "different": 0,
        "missing": 0,
        "failed": 0,
    }
    train, table = found["stages"]
    assert (train["address"], table["address"]) == (facts.parent.name, "table-tiny")
    assert train["files"]["model.safetensors"] == {"answer": "identical"}
    (change,) = train["environment"]
    assert change["what"] == "python"
    assert change["then"] == f"2.7 or {change['now']}"
    assert [edit["where"] for edit in train["edited"]] == [f"runs/{facts.parent.name}/model.json"]
    assert (table["environment"], table["edited"], table["recorded"]) == ([], [], True)


def test_text_names_the_environment_of_identical_stages_once(banc: Banc, workspace: Path) -> None:
    for facts in workspace.glob("runs/train-*/model.json"):
        facts.write_text(facts.read_text().replace('"torch": "', '"torch": "0.'))
    done = banc("verify", *(path.name for path in workspace.glob("runs/train-*")))
    same = [line for line in done.out.splitlines() if line.startswith("identical all the same")]
    assert len(same) == 1
    assert same[0].startswith("identical all the same in 2 stages: made with torch 0.")


def test_a_sample_is_of_trainings_alone(banc: Banc, workspace: Path) -> None:
    said = [banc("verify", "--sample", "1") for _ in range(2)]
    assert said[0].code == 0
    assert said[0].out == said[1].out
    assert said[0].out.startswith("identical         train-")
    assert said[0].out.endswith("\n1 stage: 1 identical\n")


def test_a_missing_input_is_one_message(banc: Banc, workspace: Path) -> None:
    labels = one(workspace, "runs/data-*/train_labels.npy")
    labels.unlink()
    address = one(workspace, "runs/train-*").name
    done = banc("verify", address)
    assert done.code == 1
    assert done.out.splitlines()[:2] == [
        f"missing           {address}  (a teacher seed {'0' if '-s0-' in address else '1'})",
        f"    input `runs/{labels.parent.name}/train_labels.npy` is not there",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train-densenet-bc-10-2-labels-s0-0123456789ab",), "no stage `train-"),
        (("../../etc/passwd",), "no stage `../../etc/passwd`"),
        (("--sample", "1", "table-tiny"), "`--sample` chooses stages"),
        (("--seed", "1"), "no run is named"),
        (("a/teacher", "--seed", "7"), "`a/teacher` has no seed 7"),
        (("a/teacher", "--kind", "predict"), "`a/teacher` has no `predict` stage"),
    ],
)
def test_a_wrong_call_is_one_message(
    banc: Banc, workspace: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = banc("verify", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "hint: " in done.err
    assert banc("verify", "--sample", "0").code == 2


def test_where_nothing_ran_the_cure_is_named(banc: Banc, workspace: Path) -> None:
    shutil.rmtree(workspace / "runs")
    shutil.rmtree(workspace / "results")
    done = banc("verify")
    assert (done.code, done.out) == (1, "")
    assert "error: no linked stage is finished" in done.err
    assert "hint: `dvc repro`" in done.err


def test_a_run_is_named_as_in_the_spec_all_its_seeds_or_one(banc: Banc, workspace: Path) -> None:
    both = banc("verify", "a/baseline")
    assert both.code == 0, both.err
    assert [line.rpartition("  ")[2] for line in both.out.splitlines()[:2]] == [
        "(a teacher seed 0)",
        "(a teacher seed 1)",
    ]
    one = banc("verify", "tiny:a/teacher", "--seed", "1", "--kind", "score")
    assert one.out.splitlines()[0].endswith("  (a teacher seed 1 score)")
    assert one.out.splitlines()[1] == "1 stage: 1 identical"
    assert " (a teacher seed 1 score)\n" in one.err
    told = json.loads(banc("verify", "a/teacher", "--seed", "0", "--format", "json").out)
    assert [stage["name"] for stage in told["stages"]] == ["a teacher seed 0"]


def test_a_damaged_index_is_one_message(banc: Banc, workspace: Path) -> None:
    index = workspace / "pipelines/index.json"
    index.write_text(index.read_text()[:-20])
    done = banc("verify")
    assert (done.code, done.out) == (2, "")
    assert "error: `pipelines/index.json` was not written by this version of banc: it is no JSON" in done.err
    assert banc("compile", "--check").out == "stale pipelines/index.json\n"
    # What DVC calls needs the stage's own file and no other.
    address = one(workspace, "runs/score-*").name
    assert banc("run", address).code == 0
    banc("compile")
    assert banc("verify", address).code == 0
