"""Runs in a store of MLflow: the one door to its library.

In: a store and records. Out: an experiment for each spec, with its runs. A run is known again by its tags: it
is left alone where its digest is the same, and otherwise takes the place of the one before, which goes to
MLflow's trash. It is ``RUNNING`` until all of it is there, so that what was begun is known, and replaced.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from banc.errors import BancError, UsageError
from banc.export.quiet import environment, quiet
from banc.export.staging import staging
from banc.export.trackers.history import CURVE
from banc.export.trackers.record import Record, Value
from banc.export.trackers.tracker import DATABASE, Mlflow, Written, without_password
from banc.printable import cropped, one_line

_METRICS, _PARAMETERS = 1000, 100
"""Items that a store takes in one call, at most."""

_LONGEST = 5000
"""Characters of a parameter or a tag; stores take a little more."""

_PAGE = 1000

_Known = dict[tuple[str, str], list[Any]]
"""What an earlier export wrote into an experiment: MLflow's runs by run and seed."""


def require() -> None:
    """Imports the library.

    Raises:
        BancError: it is not installed.
    """
    try:
        with _alone():
            import mlflow.tracking  # noqa: F401
            import sqlalchemy  # noqa: F401
    except ImportError as error:
        raise BancError(
            "an export to MLflow needs its library, which is not installed",
            hint="`pip install 'banc[mlflow]'`",
        ) from error


def write(store: Mlflow, records: Sequence[Record]) -> Written:
    """Writes what is new or different.

    Raises:
        UsageError: the store is a path, and no folder.
        BancError: the library is not installed, or the store refuses.
    """
    require()
    try:
        with _alone():
            client = _client(store)
            new = 0
            for spec, of_spec in groupby(sorted(records, key=_spec), key=_spec):
                experiment = _experiment(client, store, spec)
                known = _known(client, experiment)
                new += sum(_put(client, experiment, known, record) for record in of_spec)
    except (BancError, OSError):
        raise
    except Exception as error:
        # Whatever a database, a server, or the library says of them.
        reason = cropped(one_line(without_password(str(error).partition("\n")[0])), 300)
        raise BancError(
            f"MLflow cannot write to `{one_line(store.place)}`: {reason}",
            hint="name a folder, or an address such as http://localhost:5000; what was written is whole, "
            "and the next export goes on from there",
        ) from error
    return Written(new, len(records) - new)


@contextmanager
def _alone() -> Iterator[None]:
    """The library without what it tells its makers of its use, and quick to give up."""
    retries = os.environ.get("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    variables = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": retries}
    with environment(variables), quiet():
        yield


def _client(store: Mlflow) -> Any:
    from mlflow.tracking import MlflowClient

    if store.folder is None:
        _hold_folder(store.store)
        return MlflowClient(tracking_uri=store.store)
    folder = store.folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{store.folder}` is no folder", hint="name a new one, or one of an earlier export")
    database = folder / DATABASE
    with staging(folder) as begun:
        if not database.exists():
            # Its tables are made in many steps; a database is there with all of them, or not at all.
            MlflowClient(tracking_uri=f"sqlite:///{begun / DATABASE}")
            os.replace(begun / DATABASE, database)
    return MlflowClient(tracking_uri=f"sqlite:///{database}")


def _hold_folder(address: str) -> None:
    """Refuses a database of SQLite where none can be: the library would try for minutes, and say nothing.

    Raises:
        UsageError: there is no such folder.
    """
    if not address.startswith("sqlite:///"):
        return
    folder = Path(address.removeprefix("sqlite:///").partition("?")[0]).parent
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="SQLite makes a database in a folder that is there")


def _experiment(client: Any, store: Mlflow, spec: str) -> str:
    """The identifier of the experiment of a spec."""
    there = client.get_experiment_by_name(spec)
    if there is None:
        # Otherwise MLflow means a folder beside wherever it was called.
        artifacts = None if store.folder is None else Path(store.folder.resolve(), "artifacts").as_uri()
        return str(client.create_experiment(spec, artifact_location=artifacts, tags={"banc.spec": spec}))
    if there.lifecycle_stage != "active":
        raise BancError(
            f"the experiment `{one_line(spec)}` was deleted in MLflow",
            hint=f"`mlflow experiments restore -x {there.experiment_id}` brings it back",
        )
    return str(there.experiment_id)


def _known(client: Any, experiment: str) -> _Known:
    known: _Known = {}
    token = None
    while True:
        page = client.search_runs([experiment], "tags.`banc.run` != ''", max_results=_PAGE, page_token=token)
        for run in page:
            tags = run.data.tags
            known.setdefault((tags["banc.run"], tags.get("banc.seed", "")), []).append(run)
        token = page.token
        if not token:
            return known


def _put(client: Any, experiment: str, known: _Known, record: Record) -> bool:
    """Whether the run had to be written."""
    from mlflow.entities import Metric, Param

    before = known.get(_key(record), [])
    same = [run for run in before if _tells(run, record)]
    if not same:
        ended = round(1000 * record.ended)
        run = client.create_run(
            experiment, start_time=round(1000 * record.began), tags=_tags(record), run_name=record.name
        ).info.run_id
        metrics = [
            Metric(series, value, ended, row.epoch)
            for row in record.rows
            for series, value in row.values.items()
        ]
        if record.seconds is not None:
            metrics.append(Metric("seconds", record.seconds, ended, 0))
        for at in range(0, len(metrics), _METRICS):
            client.log_batch(run, metrics=metrics[at : at + _METRICS])
        params = [Param(name, _text(value)) for name, value in record.parameters.items()]
        for at in range(0, len(params), _PARAMETERS):
            client.log_batch(run, params=params[at : at + _PARAMETERS])
        client.set_terminated(run, "FINISHED", end_time=ended)
    for old in before:
        if old not in same[:1]:
            client.delete_run(old.info.run_id)
    return not same


def _tags(record: Record) -> dict[str, str]:
    run, seed = _key(record)
    tags = {"spec": record.spec, "run": run, "model": record.model, "column": record.column}
    tags |= {"kind": record.kind, "digest": record.digest, **({"seed": seed} if seed else {}), **record.facts}
    return {f"banc.{name}": cropped(text, _LONGEST) for name, text in tags.items()}


def _key(record: Record) -> tuple[str, str]:
    return f"{record.model}/{record.column}", "" if record.seed is None else str(record.seed)


def _text(value: Value) -> str:
    return cropped(value if isinstance(value, str) else json.dumps(value), _LONGEST)


def _tells(run: Any, record: Record) -> bool:
    """Whether an earlier export says what this one does, or says it with the curve that is not here."""
    tags = run.data.tags
    fuller = record.without_curve and CURVE in run.data.metrics and tags.get("banc.address") == record.address
    return run.info.status == "FINISHED" and (tags.get("banc.digest") == record.digest or fuller)


def _spec(record: Record) -> str:
    return record.spec
