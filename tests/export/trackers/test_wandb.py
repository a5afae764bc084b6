"""What lies in offline runs of Weights & Biases, by their own records, and that two exports are one."""

from __future__ import annotations

import csv
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.errors import BancError, UsageError
from banc.export.quiet import quiet
from banc.export.staging import PREFIX
from banc.export.trackers.gather import Gathered
from banc.export.trackers.record import Record, Row
from banc.export.trackers.tracker import WeightsAndBiases, Written
from banc.export.trackers.wandb import MARK, require
from banc.export.trackers.write import write
from banc.stage.files import HISTORY, METRICS

Gathers = Callable[..., Gathered]

BLOCK, HEAD, FIRST = 32768, 7, 7
"""Bytes of a block of the log, of the head of each of its pieces, and of what stands before them."""


def pieces(content: bytes) -> Iterator[bytes]:
    """The records of a log as LevelDB writes it, which the library has no reader for in Python."""
    assert content.startswith(b":W&B")
    at, whole = FIRST, b""
    while at + HEAD <= len(content):
        if BLOCK - at % BLOCK < HEAD:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        whole += content[at + HEAD : at + HEAD + length]
        at += HEAD + length
        if kind in (1, 4):
            yield whole
            whole = b""
    assert whole == b""


def read(folder: Path) -> list[Any]:
    """The records of an offline run."""
    with quiet():
        from wandb.proto.wandb_internal_pb2 import Record as Logged
    (file,) = folder.glob("*.wandb")
    return [Logged.FromString(piece) for piece in pieces(file.read_bytes())]


def run_of(records: list[Any]) -> Any:
    (run,) = (record.run for record in records if record.WhichOneof("record_type") == "run")
    return run


def config_of(run: Any) -> dict[str, Any]:
    return {item.key or item.nested_key[0]: json.loads(item.value_json) for item in run.config.update}


def rows_of(records: list[Any]) -> list[dict[str, float]]:
    return [
        {item.key or item.nested_key[0]: json.loads(item.value_json) for item in record.history.item}
        for record in records
        if record.WhichOneof("record_type") == "history"
    ]


def folders(tracker: WeightsAndBiases) -> dict[str, Path]:
    """The offline runs by name."""
    return {run_of(read(mark.parent)).display_name: mark.parent for mark in tracker.folder.glob(f"*/{MARK}")}


@pytest.fixture
def record(made: Any, gathered: Gathers) -> Record:
    (record,) = gathered(made.root, "dense/ban-2", seed=1).records
    return record


def test_runs_are_read_back(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    tracker = WeightsAndBiases(tmp_path / "runs")
    known = {record.name: record for record in gathered(made.root, seed=1).records}
    assert write(tracker, list(known.values())) == Written(7, 0)
    there = folders(tracker)
    assert there.keys() == known.keys()
    record = known["dense ban-2 seed 1"]
    logged = read(there[record.name])
    run = run_of(logged)
    assert (run.project, run.run_group, run.job_type, list(run.tags)) == (
        "t0",
        "dense ban-2",
        "training",
        [record.address],
    )
    config = config_of(run)
    assert config.items() >= dict(record.parameters).items()
    assert config.items() >= {"banc.address": record.address, "banc.seconds": 31.5, "banc.ended": 7.0}.items()
    lines = list(csv.DictReader((made.root / "runs" / record.address / HISTORY).read_text().splitlines()))
    metrics = json.loads((made.root / "runs" / record.facts["score_address"] / METRICS).read_text())
    rows = rows_of(logged)
    assert [row["_step"] for row in rows] == [row["epoch"] for row in rows] == [*range(1, 41)]
    for name, column in (
        ("train/loss", "loss"),
        ("train/error", "error"),
        ("learning_rate", "learning_rate"),
    ):
        assert [row[name] for row in rows] == [float(line[column]) for line in lines]
    tested = {int(line["epoch"]): float(line["test_error"]) for line in lines if line["test_error"]}
    tested[40] = metrics["test_error"]
    assert {row["epoch"]: row["test/error"] for row in rows if "test/error" in row} == tested
    assert rows[-1]["test/loss"] == metrics["test_loss"]
    # It says that it has ended, so nothing is missing at its end.
    (ended,) = (record.exit for record in logged if record.WhichOneof("record_type") == "exit")
    assert ended.exit_code == 0
    # `wandb sync` takes each of them, and does not see what a kill left.
    shutil.copytree(there[record.name], tracker.folder / f"{PREFIX}x/wandb" / there[record.name].name)
    command = [sys.executable, "-m", "wandb", "sync", "--dry-run", str(tracker.folder)]
    environment = {**os.environ, "HOME": str(tmp_path), "WANDB_ERROR_REPORTING": "false"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Would sync 7 run(s)" in done.stdout + done.stderr


def test_a_second_export_doubles_nothing(record: Record, tmp_path: Path) -> None:
    tracker = WeightsAndBiases(tmp_path / "runs")
    assert write(tracker, [record]) == Written(1, 0)
    (before,) = folders(tracker).values()
    (before / "run.wandb.synced").touch()  # as `wandb sync` marks what it has uploaded
    assert write(tracker, [record]) == Written(0, 1)
    assert (before / "run.wandb.synced").exists()
    # The same network with another score has the same identifier, and is to be uploaded again.
    assert write(tracker, [evolve(record, rows=(Row(1, {"test/error": 2.5}),))]) == Written(1, 0)
    (after,) = folders(tracker).values()
    assert after == before
    assert not (after / "run.wandb.synced").exists()
    assert rows_of(read(after))[0]["test/error"] == 2.5
    # Another network of the same name, as after a change of the recipe, is another run.
    other = evolve(record, address="train-other")
    assert write(tracker, [other, evolve(other, seed=7, address="train-third")]) == Written(2, 0)
    assert run_of(read(folders(tracker)[record.name])).run_id != before.name.rpartition("-")[2]
    assert sorted(os.listdir(tracker.folder)) == sorted(path.name for path in folders(tracker).values())
    assert len(folders(tracker)) == 2


def test_a_run_without_its_curve_replaces_none_with_it(record: Record, tmp_path: Path) -> None:
    """As from a fresh clone, into a folder that was filled where the runs are."""
    tracker = WeightsAndBiases(tmp_path / "runs")
    bare = evolve(record, rows=(Row(0, {"test/error": 2.5}),))
    assert write(tracker, [bare]) == Written(1, 0)
    assert write(tracker, [record]) == Written(1, 0)
    assert write(tracker, [bare]) == Written(0, 1)
    other = evolve(bare, address="train-other", facts={"address": "train-other"})
    assert write(tracker, [other]) == Written(1, 0)


def test_long_names_and_odd_projects_are_taken(record: Record, tmp_path: Path) -> None:
    tracker = WeightsAndBiases(tmp_path / "runs")
    address = f"train-{'x' * 90}-0123456789ab"
    odd = evolve(record, spec="a/b:c", model="m" * 100, column="c" * 100, address=address)
    assert write(tracker, [odd]) == Written(1, 0)
    ((name, folder),) = folders(tracker).items()
    run = run_of(read(folder))
    assert (run.project, list(run.tags)) == ("a-b-c", ["train-0123456789ab"])
    assert len(name) <= 128


def test_places_that_cannot_be_written_are_named(record: Record, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is no folder"):
        write(WeightsAndBiases(tmp_path / "file"), [record])
    with pytest.raises(BancError, match="cannot write"):
        write(WeightsAndBiases(tmp_path / "file/below"), [record])


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(BancError, match="needs its library, which is not installed") as caught:
        require()
    assert caught.value.hint == "`pip install 'banc[wandb]'`"
