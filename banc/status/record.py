"""A status as JSON, for programs.

In: a status. Out: plain values, as ``docs/status.schema.json`` describes them. A later version of the same
first number only adds.
"""

from __future__ import annotations

from banc.digest import Json
from banc.plan.record import reason_record
from banc.printable import utc
from banc.stage.heartbeat import Heartbeat
from banc.status.stage_state import (
    Again,
    Done,
    Failed,
    Interrupted,
    Queued,
    Restorable,
    Running,
    StageState,
    Waiting,
)
from banc.status.status import StageStatus, Status

VERSION = "1.1"

WORDS: dict[type[StageState], str] = {
    Done: "done",
    Restorable: "restorable",
    Running: "running",
    Queued: "queued",
    Failed: "failed",
    Interrupted: "interrupted",
    Again: "again",
    Waiting: "waiting",
}


def record(status: Status) -> dict[str, Json]:
    """``status`` as plain values."""
    left = status.time_left
    return {
        "status_version": VERSION,
        "at": utc(status.now),
        "tables": [
            {
                "name": table.name,
                "spec": table.path,
                "finished": table.finished,
                "stages": table.stages,
                "trainings_finished": table.trainings_finished,
                "trainings": table.trainings,
            }
            for table in status.tables
        ],
        "counts": {word: len(status.of(kind)) for kind, word in WORDS.items()},
        "time_left": {
            "seconds": left.whole,
            "known_seconds": left.seconds,
            "low": left.low,
            "high": left.high,
            "known": left.known,
            "unknown": left.unknown,
            "bases": list(left.bases),
        },
        "stages": [_stage(stage) for stage in status.stages],
    }


def _stage(stage: StageStatus) -> dict[str, Json]:
    value: dict[str, Json] = {
        "address": stage.address,
        "kind": stage.kind,
        "names": list(stage.names),
        "state": WORDS[type(stage.state)],
    }
    if stage.job is not None:
        job = stage.job
        value["job"] = {"number": job.number, "state": job.state, "node": job.node, "reason": job.reason}
    match stage.state:
        case Done() | Queued():
            pass
        case Restorable(size):
            value["bytes"] = size
        case Running(holder, heartbeat, seconds):
            if holder is not None:
                value["process"] = {"process": holder.process, "host": holder.host}
            if heartbeat is not None:
                value |= {"progress": _progress(heartbeat), "seconds_left": seconds}
        case Failed(failure):
            value["failure"] = {
                "message": failure.message,
                "hint": failure.hint,
                "where": failure.where,
                "when": utc(failure.when),
                "exit_code": failure.exit_code,
            }
        case Interrupted(checkpoint, heartbeat):
            if checkpoint is not None and stage.epochs is not None:
                value["goes_on"] = {
                    "epoch": checkpoint.done,
                    "steps": checkpoint.steps,
                    "epochs": stage.epochs,
                }
            elif checkpoint is not None:
                value["goes_on"] = {"outputs": checkpoint.done}
            if heartbeat is not None:
                value["progress"] = _progress(heartbeat)
        case Again(reason):
            value["reason"] = reason_record(reason)
        case Waiting(on):
            value["waits_for"] = list(on)
    return value


def _progress(beat: Heartbeat) -> dict[str, Json]:
    return {
        "since": utc(beat.since),
        "at": utc(beat.at),
        "host": beat.host,
        "phase": beat.phase,
        "epoch": beat.epoch,
        "epochs": beat.epochs,
        "done": beat.done,
        "total": beat.total,
        "images_per_second": beat.images_per_second,
        "loss": beat.loss,
        "error": beat.error,
        "device": beat.device,
        "losses": list(beat.losses),
        "errors": list(beat.errors),
    }
