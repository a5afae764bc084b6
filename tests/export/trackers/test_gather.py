"""What is known of runs, from their files: whole, in part, and damaged."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.errors import BancError
from banc.export.trackers.gather import Gathered
from banc.export.trackers.tensorboard import place
from banc.stage.files import HISTORY, METRICS, QUALITY
from banc.stage.kinds import Score, Train

Gathers = Callable[..., Gathered]


def test_a_training_has_its_curve_and_its_scores(made: Any, gathered: Gathers) -> None:
    (record,) = gathered(made.root, "dense/ban-2", seed=1).records
    folder = made.root / "runs" / record.address
    lines = list(csv.DictReader((folder / HISTORY).read_text().splitlines()))
    assert [row.epoch for row in record.rows] == [int(line["epoch"]) for line in lines] == [*range(1, 41)]
    for row, line in zip(record.rows[:-1], lines, strict=False):
        tested = {"test/error": float(line["test_error"])} if line["test_error"] else {}
        assert row.values == {
            "learning_rate": float(line["learning_rate"]),
            "train/loss": float(line["loss"]),
            "train/error": float(line["error"]),
            **tested,
        }
    score = made.root / "runs" / record.facts["score_address"]
    metrics, quality = (json.loads((score / name).read_text()) for name in (METRICS, QUALITY))
    assert record.last == {
        "learning_rate": float(lines[-1]["learning_rate"]),
        "train/loss": float(lines[-1]["loss"]),
        "train/error": float(lines[-1]["error"]),
        "test/error": metrics["test_error"],
        "test/loss": metrics["test_loss"],
        "test/top5_error": quality["top5_error"],
        "test/brier": quality["brier"],
        "test/calibration_error": quality["calibration_error"],
    }


def test_a_training_says_what_it_was(made: Any, gathered: Gathers) -> None:
    (record,) = gathered(made.root, "dense/ban-2", seed=1).records
    assert (record.name, record.group, record.spec, record.kind) == (
        "dense ban-2 seed 1",
        "dense ban-2",
        "t0",
        "training",
    )
    stage = made.stages[record.address]
    assert (
        record.parameters.items()
        >= {
            "seed": 1,
            "training_seed": stage.seed,
            "data": "digits",
            "data.train": 200,
            "network": "densenet-bc",
            "network.depth": 10,
            "network.growth": 2,
            "recipe.epochs": 40,
            "recipe.batch": 50,
            "recipe.augment.pad": 1,
            "recipe.augment.flip": False,
            "parameters": 714,
            "objective": "ban-l",
            "objective.temperature": 1.0,
            "teacher": "dense ban-1 seed 1",
        }.items()
    )
    # As the stand-in for the training wrote it down.
    assert (record.ended, record.seconds, record.began) == (7, 31.5, 7 - 31.5)
    assert record.facts["trained_on"]
    assert record.facts["data_address"] == stage.data


def test_an_ensemble_has_its_score_and_its_members(made: Any, gathered: Gathers) -> None:
    (record,) = gathered(made.root, "dense/ens", seed=0).records
    metrics = json.loads((made.root / "runs" / record.address / METRICS).read_text())
    (row,) = record.rows
    assert (record.kind, row.epoch, row.values["test/error"]) == ("ensemble", 0, metrics["test_error"])
    assert record.parameters["members"] == "dense ban-1 seed 0, dense teacher seed 0"
    assert record.parameters["average"] == "probabilities"


ELSEWHERE = """
banc = 1
title = "Networks from elsewhere"
data = { set = "digits", train = 200 }
seeds = [0, 1]
recipe = { epochs = 40, batch = 50, augment = { pad = 1, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
b = { family = "factory", file = "b.py", function = "b", arguments = { sizes = [1, 2] } }
[pretrained]
hub = { model = "a", file = "hub.safetensors", sha256 = "DIGEST" }
[transfers]
t = { teacher = "a/hub", students = ["a", "b"], objective = { kind = "distill", temperature = 3 } }
[ensembles]
all = { of = "a", members = ["t"], across_seeds = true, average = "logits" }
[table]
rows = ["a", "b"]
columns = ["hub", "t", "all"]
"""


def test_what_is_one_for_all_seeds_and_what_is_a_persons_own(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], gathered: Gathers, tmp_path: Path
) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "hub.safetensors").write_bytes(b"weights")
    (root / "b.py").write_text("def b(classes, channels, height, width, sizes): ...\n")
    digest = hashlib.sha256(b"weights").hexdigest()
    workspace = new_workspace(ELSEWHERE.replace("DIGEST", digest))
    finishes(workspace.root, workspace.stages)
    records = {record.name: record for record in gathered(root).records}
    assert sorted(records) == ["a all", "a hub", "a t seed 0", "a t seed 1", "b t seed 0", "b t seed 1"]
    hub, everything, own = records["a hub"], records["a all"], records["b t seed 1"]
    assert (hub.kind, hub.seed, [row.epoch for row in hub.rows]) == ("import", None, [0])
    assert hub.parameters.items() >= {"weights": f"sha256:{digest}", "network.depth": 10}.items()
    assert everything.parameters.items() >= {"members": "a t seed 0, a t seed 1", "average": "logits"}.items()
    assert (
        own.parameters.items()
        >= {
            "teacher": "a hub",
            "objective": "distill",
            "objective.temperature": 3.0,
            "network": "factory",
            "network.arguments": '{"sizes": [1, 2]}',
        }.items()
    )
    known = gathered(root)
    assert known.unfinished == known.without_score == known.without_curve == ()
    assert place(hub) == Path("t0/a/hub")


def test_what_is_not_finished_is_named(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], gathered: Gathers
) -> None:
    workspace = new_workspace()
    stages = workspace.stages

    def wanted(address: Any) -> bool:
        match stages[address]:
            case Train(seed=seed):
                return seed == 0
            case Score(members=members):
                return stages[members[0]].seed == 0 and stages[members[0]].model.FAMILY == "densenet-bc"
        return False

    finishes(workspace.root, stages, wanted)
    known = gathered(workspace.root)
    assert [record.name for record in known.records] == ["dense teacher seed 0", "wide teacher seed 0"]
    assert list(map(str, known.without_score)) == ["wide teacher seed 0"]
    assert known.without_curve == ()
    assert {"dense ban-1 seed 0", "dense ens seed 0"} <= set(map(str, known.unfinished))
    assert len(known.unfinished) == 19


def test_a_fresh_clone_has_scores_and_no_curves(
    new_workspace: Callable[..., Any], made: Any, gathered: Gathers
) -> None:
    workspace = new_workspace()
    scores = {
        address: json.loads((made.root / "runs" / address / METRICS).read_text())
        for address, stage in made.stages.items()
        if isinstance(stage, Score)
    }
    committed = workspace.root / "results/t0/results.json"
    committed.parent.mkdir(parents=True)
    committed.write_text(json.dumps({"scores": scores}))
    os.utime(committed, (123, 123))
    known = gathered(workspace.root)
    assert known.unfinished == known.without_score == ()
    assert len(known.without_curve) == 18
    (record,) = (record for record in known.records if record.name == "dense ban-2 seed 0")
    (row,) = record.rows
    assert row.values["test/error"] == scores[record.facts["score_address"]]["test_error"]
    assert (record.ended, record.seconds) == (123, None)


def test_a_digest_changes_with_what_is_told_and_with_nothing_else(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], gathered: Gathers
) -> None:
    workspace = new_workspace()
    finishes(workspace.root, workspace.stages, lambda address: isinstance(workspace.stages[address], Train))
    (workspace.root / ".banc/timings.jsonl").unlink()

    def digest() -> str:
        (record,) = gathered(workspace.root, "dense/ban-1", seed=0).records
        os.utime(workspace.root / "runs" / record.address / HISTORY, (at, at))
        return record.digest

    at = 1
    trained = digest()
    at = 2
    assert digest() == trained
    (workspace.root / ".banc/timings.jsonl").unlink(missing_ok=True)
    finishes(workspace.root, workspace.stages, lambda address: isinstance(workspace.stages[address], Score))
    assert digest() != trained


DAMAGED = [
    *((HISTORY, text) for text in ("", "epoch,loss\n1,x\n", "epoch,loss\n1,nan\n", "loss\n1\n")),
    (HISTORY, "epoch,loss\n2,1\n1,1\n"),
    *(("model.json", text) for text in ("{}", "[" * 100_000, '{"made_with": 1}')),
]


def test_a_damaged_file_is_named(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], gathered: Gathers
) -> None:
    workspace = new_workspace()
    finishes(workspace.root, workspace.stages)
    (record,) = gathered(workspace.root, "dense/ban-1", seed=0).records
    folder = workspace.root / "runs" / record.address
    whole = {HISTORY: (folder / HISTORY).read_text(), "model.json": '{"made_with": {"device": "a GPU"}}'}
    for name, text in DAMAGED:
        for other, content in whole.items():
            (folder / other).write_text(content)
        (record,) = gathered(workspace.root, "dense/ban-1", seed=0).records
        assert record.facts["made_with.device"] == "a GPU"
        (folder / name).write_text(text)
        with pytest.raises(BancError, match="is damaged: it") as caught:
            gathered(workspace.root)
        assert str(Path("runs", record.address, name)) in caught.value.message
