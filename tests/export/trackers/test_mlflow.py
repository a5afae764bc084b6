"""What MLflow's own client finds in a store, and that two exports are one."""

from __future__ import annotations

import csv
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from banc.errors import BancError, UsageError
from banc.export.trackers.gather import Gathered
from banc.export.trackers.mlflow import require
from banc.export.trackers.record import Record, Row
from banc.export.trackers.tracker import Mlflow, Written
from banc.export.trackers.write import write
from banc.stage.files import HISTORY, METRICS

Gathers = Callable[..., Gathered]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Mlflow:
    """One for all tests, for making a database takes seconds. Each test has experiments of its own."""
    return Mlflow(str(tmp_path_factory.mktemp("mlflow") / "store"))


@pytest.fixture(scope="module")
def client(store: Mlflow) -> Iterator[Any]:
    require()
    from mlflow.tracking import MlflowClient

    assert write(store, []) == Written(0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield MlflowClient(tracking_uri=f"sqlite:///{store.folder}/mlflow.db")


def runs(client: Any, experiment: str) -> list[Any]:
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    return sorted(found, key=lambda run: run.info.run_name)


def series(client: Any, run: Any, name: str) -> dict[int, float]:
    return {metric.step: metric.value for metric in client.get_metric_history(run.info.run_id, name)}


@pytest.fixture
def record(made: Any, gathered: Gathers) -> Record:
    (record,) = gathered(made.root, "dense/ban-2", seed=1).records
    return record


def test_runs_are_read_back(made: Any, gathered: Gathers, store: Mlflow, client: Any) -> None:
    records = gathered(made.root, seed=1).records
    assert write(store, records) == Written(7, 0)
    there = {run.info.run_name: run for run in runs(client, "t0")}
    assert set(there) == {record.name for record in records}
    (record,) = (record for record in records if record.name == "dense ban-2 seed 1")
    run = there[record.name]
    lines = list(csv.DictReader((made.root / "runs" / record.address / HISTORY).read_text().splitlines()))
    metrics = json.loads((made.root / "runs" / record.facts["score_address"] / METRICS).read_text())
    for name, column in (
        ("train/loss", "loss"),
        ("train/error", "error"),
        ("learning_rate", "learning_rate"),
    ):
        assert series(client, run, name) == {int(line["epoch"]): float(line[column]) for line in lines}
    tested = {int(line["epoch"]): float(line["test_error"]) for line in lines if line["test_error"]}
    assert series(client, run, "test/error") == tested | {40: metrics["test_error"]}
    assert run.data.metrics["test/loss"] == metrics["test_loss"]
    assert run.data.metrics["seconds"] == 31.5
    assert run.data.params == {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in record.parameters.items()
    }
    assert (
        run.data.tags.items()
        >= {
            "banc.address": record.address,
            "banc.model": "dense",
            "banc.column": "ban-2",
            "banc.seed": "1",
            "banc.kind": "training",
        }.items()
    )
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("FINISHED", -24500, 7000)
    assert series(client, there["dense ens seed 1"], "test/error").keys() == {0}


def test_a_second_export_doubles_nothing(store: Mlflow, client: Any, record: Record) -> None:
    mine = evolve(record, spec="again")
    assert write(store, [mine]) == Written(1, 0)
    (before,) = runs(client, "again")
    assert write(store, [mine]) == Written(0, 1)
    (after,) = runs(client, "again")
    assert after.info.run_id == before.info.run_id
    # Another network of the same name, as after a change of the recipe.
    facts = {**mine.facts, "address": "train-other"}
    other = evolve(mine, facts=facts, rows=(Row(1, {"train/error": 2.5}),))
    other_seed = evolve(other, seed=7)
    assert write(store, [other, other_seed]) == Written(2, 0)
    replaced, new = runs(client, "again")
    assert (replaced.data.tags["banc.address"], replaced.data.metrics["train/error"]) == ("train-other", 2.5)
    assert new.data.tags["banc.seed"] == "7"
    # What was replaced is in MLflow's trash, from where it can be restored.
    assert client.get_run(before.info.run_id).info.lifecycle_stage == "deleted"


def test_a_run_without_its_curve_replaces_none_with_it(store: Mlflow, client: Any, record: Record) -> None:
    """As from a fresh clone, to a store that many use."""
    mine = evolve(record, spec="clone")
    bare = evolve(mine, rows=(Row(0, {"test/error": 2.5}),), facts={"address": record.address})
    assert write(store, [bare]) == Written(1, 0)
    assert write(store, [mine]) == Written(1, 0)
    assert write(store, [bare]) == Written(0, 1)
    (run,) = runs(client, "clone")
    assert len(series(client, run, "train/error")) == 40
    assert write(store, [evolve(bare, facts={"address": "train-other"}, address="train-other")]) == Written(
        1, 0
    )


def test_what_was_begun_and_not_ended_is_replaced(store: Mlflow, client: Any, record: Record) -> None:
    """As a kill leaves it: a run with tags and half of its curve, which says that it is running."""
    mine = evolve(record, spec="begun")
    write(store, [mine])
    (run,) = runs(client, "begun")
    client.update_run(run.info.run_id, status="RUNNING")
    assert write(store, [mine]) == Written(1, 0)
    (whole,) = runs(client, "begun")
    assert whole.info.run_id != run.info.run_id
    assert whole.info.status == "FINISHED"


def test_other_runs_of_an_experiment_stay(store: Mlflow, client: Any, record: Record) -> None:
    experiment = client.create_experiment("shared")
    other = client.create_run(experiment, run_name=record.name)
    write(store, [evolve(record, spec="shared")])
    write(store, [evolve(record, spec="shared", rows=(Row(1, {"train/error": 2.5}),))])
    assert len(runs(client, "shared")) == 2
    assert client.get_run(other.info.run_id).info.lifecycle_stage == "active"


def test_long_curves_and_texts_are_taken(store: Mlflow, client: Any, record: Record) -> None:
    rows = tuple(Row(epoch, {"train/error": epoch / 100, "train/loss": 1.0}) for epoch in range(1, 1201))
    parameters = {f"network.arguments.{number}": number for number in range(150)}
    long = evolve(record, spec="long", rows=rows, parameters={**parameters, "teacher": "x" * 9000})
    assert write(store, [long]) == Written(1, 0)
    (run,) = runs(client, "long")
    assert series(client, run, "train/error") == {row.epoch: row.values["train/error"] for row in rows}
    assert len(run.data.params) == 151
    assert run.data.params["teacher"].endswith("x...")


def test_a_deleted_experiment_is_told(store: Mlflow, client: Any, record: Record) -> None:
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.raises(BancError, match="the experiment `gone` was deleted in MLflow"):
        write(store, [evolve(record, spec="gone")])


def test_a_database_is_there_whole_or_not_at_all(store: Mlflow, client: Any) -> None:
    assert store.folder
    assert [path.name for path in store.folder.iterdir()] == ["mlflow.db"]


def test_places_that_cannot_be_written_are_named(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is no folder"):
        write(Mlflow(str(tmp_path / "file")), [record])
    (tmp_path / "mlflow.db").write_text("no database")
    with pytest.raises(BancError, match="MLflow cannot write to"):
        write(Mlflow(str(tmp_path)), [record])
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(BancError, match=r"MLflow cannot write to `http://127\.0\.0\.1:9/`") as caught:
        write(Mlflow("http://me:secret@127.0.0.1:9/"), [record])
    assert "secret" not in caught.value.message
    with pytest.raises(UsageError, match="nowhere` is no folder"):
        write(Mlflow(f"sqlite:///{tmp_path}/nowhere/mlflow.db"), [record])


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("mlflow.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(BancError, match="needs its library, which is not installed") as caught:
        require()
    assert caught.value.hint == "`pip install 'banc[mlflow]'`"
