"""What TensorBoard's own reader finds in an export, and that two exports are one."""

from __future__ import annotations

import csv
import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.errors import BancError, UsageError
from banc.export.staging import PREFIX
from banc.export.trackers.gather import Gathered
from banc.export.trackers.record import Record, Row
from banc.export.trackers.tensorboard import EVENTS, place
from banc.export.trackers.tracker import TensorBoard, Written
from banc.export.trackers.write import write
from banc.stage.files import HISTORY, METRICS, QUALITY

Gathers = Callable[..., Gathered]


def read(folder: Path) -> Any:
    """What TensorBoard knows of a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
        events.Reload()
    return events


def series(events: Any, name: str) -> dict[int, float]:
    return {Tensor.step: Tensor.tensor_proto.float_val[0] for Tensor in events.Tensors(name)}


def single(number: float) -> float:
    """A number as TensorBoard keeps it, in single precision."""
    import numpy as np

    return float(np.float32(number))


def parameters(events: Any) -> dict[str, Any]:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    given = HParamsPluginData.FromString(content).session_start_info.hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in given.items()}


def test_a_training_is_read_back(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    records = gathered(made.root).records
    assert write(TensorBoard(tmp_path / "logs"), records) == Written(21, 0)
    (record,) = (record for record in records if record.name == "dense ban-2 seed 1")
    folder = tmp_path / "logs/t0/dense/ban-2/seed-1"
    assert place(record) == folder.relative_to(tmp_path / "logs")
    events = read(folder)
    lines = list(csv.DictReader((made.root / "runs" / record.address / HISTORY).read_text().splitlines()))
    metrics, quality = (
        json.loads((made.root / "runs" / record.facts["score_address"] / name).read_text())
        for name in (METRICS, QUALITY)
    )
    for name, column in (
        ("train/loss", "loss"),
        ("train/error", "error"),
        ("learning_rate", "learning_rate"),
    ):
        assert series(events, name) == {int(line["epoch"]): single(float(line[column])) for line in lines}
    tested = {int(line["epoch"]): float(line["test_error"]) for line in lines if line["test_error"]}
    tested[40] = metrics["test_error"]
    assert series(events, "test/error") == {epoch: single(error) for epoch, error in tested.items()}
    assert series(events, "test/brier") == {40: single(quality["brier"])}
    assert parameters(events) == dict(record.parameters)
    (text,) = events.Tensors("run")
    assert f"| address | `{record.address}` |" in text.tensor_proto.string_val[0].decode()
    assert {Tensor.wall_time for Tensor in events.Tensors("train/loss")} == {7.0}
    ensemble = read(tmp_path / "logs/t0/dense/ens/seed-0")
    assert list(series(ensemble, "test/error")) == [0]


def test_a_second_export_doubles_nothing(
    new_workspace: Callable[..., Any], finishes: Callable[..., None], gathered: Gathers, tmp_path: Path
) -> None:
    workspace, logs = new_workspace(), TensorBoard(tmp_path / "logs")
    finishes(workspace.root, workspace.stages)
    before = gathered(workspace.root, "dense/ban-1").records
    write(logs, before)
    files = {path: path.read_bytes() for path in logs.folder.rglob("*") if path.is_file()}
    assert write(logs, gathered(workspace.root).records) == Written(18, 3)
    assert all(path.read_bytes() == content for path, content in files.items())
    # What is different now is written in the place of what was there.
    metrics = workspace.root / "runs" / before[0].facts["score_address"] / METRICS
    metrics.write_text(metrics.read_text().replace('"test_loss": 0.2', '"test_loss": 0.5'))
    assert write(logs, gathered(workspace.root).records) == Written(1, 20)
    assert sorted(path.name for path in logs.folder.rglob("*") if path.is_file()) == [EVENTS] * 21
    assert series(read(logs.folder / place(before[0])), "test/loss") == {40: 0.5}


def test_a_run_without_its_curve_replaces_none_with_it(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    """As from a fresh clone, into a folder that was filled where the runs are."""
    tracker = TensorBoard(tmp_path / "logs")
    (record,) = gathered(made.root, "dense/ban-1", seed=0).records
    bare = evolve(record, rows=(Row(0, {"test/error": 2.5}),))
    assert write(tracker, [bare]) == Written(1, 0)
    assert write(tracker, [record]) == Written(1, 0)
    assert write(tracker, [bare]) == Written(0, 1)
    other = evolve(bare, address="train-other", facts={"address": "train-other"})
    assert write(tracker, [other]) == Written(1, 0)


def test_what_was_begun_is_seen_by_nobody(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    """As a kill leaves it: bytes in the folder of what was begun."""
    (record,) = gathered(made.root, "dense/ban-1", seed=0).records
    whole, half = tmp_path / "whole", tmp_path / "half"
    write(TensorBoard(whole), [record])
    content = (whole / place(record) / EVENTS).read_bytes()
    begun = half / f"{PREFIX}x1"
    begun.mkdir(parents=True)
    for name in ("run", ".run.x1"):
        (begun / name).write_bytes(content[:200])
    assert read(begun).Tags()["tensors"] == []
    write(TensorBoard(half), [record])
    assert not begun.exists()
    assert (half / place(record) / EVENTS).read_bytes() == content


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", "/etc"])
def test_no_name_leads_out_of_the_folder(made: Any, gathered: Gathers, tmp_path: Path, name: str) -> None:
    """The index is a file that anybody may have written."""
    (record,) = gathered(made.root, "dense/ban-1", seed=0).records
    where = place(evolve(record, spec=name, model=name, column=name))
    assert len(where.parts) == 4
    assert (tmp_path / where).resolve().is_relative_to(tmp_path.resolve())
    assert not any(part.startswith(".") for part in where.parts)


def test_places_that_cannot_be_written_are_named(made: Any, gathered: Gathers, tmp_path: Path) -> None:
    records = gathered(made.root, "dense/ban-1", seed=0).records
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is no folder"):
        write(TensorBoard(tmp_path / "file"), records)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/t0").write_text("mine")
    with pytest.raises(BancError, match="cannot write"):
        write(TensorBoard(tmp_path / "logs"), records)


def test_without_the_library_the_extra_is_named(
    made: Any, gathered: Gathers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("tensorboard.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(BancError, match="needs its library, which is not installed") as caught:
        write(TensorBoard(tmp_path), list[Record]())
    assert caught.value.hint == "`pip install 'banc[tensorboard]'`"
    assert os.listdir(tmp_path) == []
