"""Runs as offline runs of Weights & Biases: the one door to its library.

In: a folder and records. Out: a folder ``offline-run-<time>-<id>`` for each run, which ``wandb sync``
uploads. The library makes it elsewhere, and it is moved into place when it is whole. Its identifier follows
from the spec and the address, so that uploading it again makes no second run; in it lies what the record's
digest was.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from banc.digest import Json, short_digest
from banc.errors import BancError, UsageError
from banc.export.quiet import environment, quiet
from banc.export.staging import staging
from banc.export.trackers.record import Record
from banc.export.trackers.tracker import Written
from banc.printable import cropped, one_line

MARK = "banc.json"
"""Which record an offline run was made of."""

_LONGEST = 128
"""Characters of a name or a group, at most."""

_LONGEST_TAG = 64

_NOT_IN_PROJECTS = str.maketrans(dict.fromkeys("/\\#?%:", "-"))


def require() -> None:
    """Imports the library.

    Raises:
        BancError: it is not installed.
    """
    try:
        with _alone({}):
            import wandb  # noqa: F401
    except ImportError as error:
        raise BancError(
            "an export to Weights & Biases needs its library, which is not installed",
            hint="`pip install 'banc[wandb]'`",
        ) from error


def write(folder: Path, records: Sequence[Record]) -> Written:
    """Writes what is new or different.

    Raises:
        UsageError: ``folder`` is no folder.
        BancError: the library is not installed, or fails.
    """
    require()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint="name a new one, or one of an earlier export")
    with staging(folder) as begun:
        known = _known(folder)
        new = [record for record in records if not any(_tells(mark, record) for mark in known.values())]
        if new:
            try:
                with _alone(dict.fromkeys(_FOLDERS, str(begun))):
                    _make(begun, new, folder, known)
            except OSError:
                raise
            except Exception as error:
                raise BancError(
                    f"Weights & Biases cannot write to `{folder}`: {cropped(one_line(str(error)), 300)}",
                    hint="what was written is whole, and the next export goes on from there",
                ) from error
    return Written(len(new), len(records) - len(new))


_FOLDERS = ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR")
"""Variables that say where the library keeps files of its own, which it would in the home."""


@contextmanager
def _alone(variables: dict[str, str]) -> Iterator[None]:
    """The library without what a person has set for runs of theirs, and without what it tells its makers."""
    with environment({**variables, "WANDB_ERROR_REPORTING": "false"}, without="WANDB_"), quiet():
        yield


def _make(begun: Path, records: Sequence[Record], folder: Path, known: dict[Path, Json]) -> None:
    import wandb

    try:
        for record in records:
            made = _run(begun, record)
            for old, mark in known.items():
                if mark.items() >= _key(record).items():
                    os.rename(old, begun / old.name)
            os.rename(made, folder / made.stem)
    finally:
        # Ends the process that the library started.
        wandb.teardown()


def _run(begun: Path, record: Record) -> Path:
    """Makes the offline run below ``begun``, and gives its folder: its name to be, with ``.new``."""
    import wandb

    settings = wandb.Settings(
        mode="offline",
        silent=True,
        console="off",
        symlink=False,
        save_code=False,
        disable_code=True,
        disable_git=True,
        disable_job_creation=True,
        x_save_requirements=False,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
    )
    run = wandb.init(
        dir=begun,
        id=_identifier(record),
        project=one_line(record.spec).translate(_NOT_IN_PROJECTS),
        name=cropped(record.name, _LONGEST),
        group=cropped(record.group, _LONGEST),
        job_type=record.kind,
        tags=[_tag(record)],
        config=_config(record),
        settings=settings,
        reinit="create_new",
    )
    for row in record.rows:
        run.log({"epoch": row.epoch, **row.values, "_timestamp": record.ended}, step=row.epoch)
    run.finish()
    (made,) = begun.glob(f"wandb/offline-run-*-{_identifier(record)}")
    # What the library did here, with paths of this machine.
    for name in ("logs", "tmp"):
        shutil.rmtree(made / name, ignore_errors=True)
    mark = {**_key(record), "address": record.address, "digest": record.digest}
    (made / MARK).write_text(json.dumps({**mark, "curve": not record.without_curve}) + "\n")
    # As the library calls it, with the time at which the run ended.
    ended = time.strftime("%Y%m%d_%H%M%S", time.gmtime(record.ended))
    return made.rename(begun / f"offline-run-{ended}-{_identifier(record)}.new")


def _known(folder: Path) -> dict[Path, Json]:
    """The offline runs of earlier exports, with what they were made of."""
    known: dict[Path, Json] = {}
    for path in sorted(folder.glob(f"offline-run-*/{MARK}")):
        try:
            mark = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(mark, dict):
            known[path.parent] = mark
    return known


def _tells(mark: Json, record: Record) -> bool:
    """Whether an earlier export says what this one does, or says it with the curve that is not here."""
    same = mark.items() >= {**_key(record), "digest": record.digest}.items()
    whole = {**_key(record), "address": record.address, "curve": True}
    return same or (record.without_curve and mark.items() >= whole.items())


def _key(record: Record) -> dict[str, Json]:
    """What a person takes for one run."""
    return {"spec": record.spec, "model": record.model, "column": record.column, "seed": record.seed}


def _identifier(record: Record) -> str:
    return short_digest({"spec": record.spec, "address": record.address})


def _tag(record: Record) -> str:
    """The address; of a long one its kind and digest, which are as good."""
    address = record.address
    return address if len(address) <= _LONGEST_TAG else f"{address.split('-')[0]}-{address[-12:]}"


def _config(record: Record) -> dict[str, Any]:
    facts = {"spec": record.spec, "model": record.model, "column": record.column, **record.facts}
    config = {**record.parameters, **{f"banc.{name}": text for name, text in facts.items()}}
    if record.seconds is not None:
        config |= {"banc.ended": record.ended, "banc.seconds": record.seconds}
    return config
