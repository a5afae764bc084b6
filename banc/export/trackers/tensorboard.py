"""Runs as event files for TensorBoard: the one door to its library.

In: a folder and records. Out: ``<folder>/<spec>/<model>/<column>/seed-<n>/`` with one event file. The same
run gives the same bytes, so that one that is there already is known by them. A file is replaced whole, and
what was begun has a name in which TensorBoard sees no events.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from banc.errors import BancError, UsageError
from banc.export.quiet import quiet
from banc.export.staging import staging
from banc.export.trackers.history import CURVE
from banc.export.trackers.record import Record
from banc.export.trackers.tracker import Written
from banc.paths import write_bytes_atomically
from banc.printable import one_line
from banc.report.formats.markdown import escape_markdown

EVENTS = "events.out.tfevents.0.banc"
"""The file of a run. TensorBoard reads every file whose name has ``tfevents`` in it."""


def require() -> None:
    """Imports the library.

    Raises:
        BancError: it is not installed.
    """
    try:
        with quiet():
            import tensorboard.summary.writer.record_writer  # noqa: F401
    except ImportError as error:
        raise BancError(
            "an export to TensorBoard needs its library, which is not installed",
            hint="`pip install 'banc[tensorboard]'`",
        ) from error


def write(folder: Path, records: Sequence[Record]) -> Written:
    """Writes what is new or different.

    Raises:
        UsageError: ``folder`` is no folder.
        BancError: the library is not installed, or the file system refuses.
    """
    require()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name a new one, or one of an earlier export")
    new = 0
    with staging(folder) as begun:
        for record in records:
            with quiet():
                content = _events(record)
            path = folder / place(record) / EVENTS
            if path.is_file() and _tells(path.read_bytes(), record, content):
                continue
            write_bytes_atomically(begun / "run", content)
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(begun / "run", path)
            new += 1
    return Written(new, len(records) - new)


def _tells(there: bytes, record: Record, content: bytes) -> bool:
    """Whether an earlier export says what this one does, or says it with the curve that is not here."""
    fuller = record.without_curve and CURVE.encode() in there and record.address.encode() in there
    return there == content or fuller


def place(record: Record) -> Path:
    """Where a run lies in the folder, which is what TensorBoard calls it."""
    seed = () if record.seed is None else (f"seed-{record.seed}",)
    return Path(*map(_folder_name, (record.spec, record.model, record.column, *seed)))


def _folder_name(name: str) -> str:
    """A name that leads nowhere else: not up, not into a hidden folder."""
    plain = one_line(name).replace("/", "_").replace("\\", "_")
    return f"_{plain}" if plain.startswith(".") else plain


def _events(record: Record) -> bytes:
    """The bytes of the run's event file."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.plugins.text.summary_v2 import text_pb
    from tensorboard.summary.writer.record_writer import RecordWriter

    file = io.BytesIO()
    writer = RecordWriter(file)

    def add(**what: Any) -> None:
        writer.write(Event(wall_time=record.ended, **what).SerializeToString(deterministic=True))

    add(file_version="brain.Event:2")
    add(summary=_parameters(record))
    add(step=0, summary=text_pb("run", _facts(record)))
    for row in record.rows:
        for series, value in row.values.items():
            add(step=row.epoch, summary=scalar_pb(series, value))
    return file.getvalue()


def _parameters(record: Record) -> Any:
    """The parameters, as the page of hyperparameters reads them; each run is a trial of its own."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    summary = hparams_pb(dict(record.parameters), f"{record.spec} {record.name}", record.began)
    data = summary.value[0].metadata.plugin_data
    # A map has its entries in another order each time, unless one asks.
    data.content = HParamsPluginData.FromString(data.content).SerializeToString(deterministic=True)
    return summary


def _facts(record: Record) -> str:
    """A table in Markdown: TensorBoard has no tags."""
    rows = {"run": record.name, "kind": record.kind, **record.facts}
    if record.seconds is not None:
        rows["seconds"] = f"{record.seconds:.1f}"
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {_text(value)} |" for key, value in rows.items())])


def _text(value: str) -> str:
    """Code where that needs no escapes: an address is there to be copied."""
    return escape_markdown(value) if set(value) & set("`|\\") else f"`{value}`"
