"""What ``banc run ADDRESS`` does: one stage, from its input files to its output files.

In: a workspace and a linked stage. Out: the stage's folder, published whole. Knows neither spec nor
graph nor DVC; torch is imported for the stages that train or predict, and for no other.
"""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from banc.errors import BancError, UsageError
from banc.models.unusable import raised_in_own_code
from banc.paths import PRIVATE
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.failure_record import forget_failure, record_failure
from banc.runner.process.failures import Lost, explain
from banc.runner.process.guard import defer_signals, exit_with_parent, stage_lock
from banc.runner.process.heartbeat import HeartbeatFile
from banc.runner.process.inputs import Inputs
from banc.runner.process.launch import launch, processes, rank, size
from banc.runner.process.meter import Meter
from banc.runner.process.powercap import zones
from banc.runner.process.progress import Progress
from banc.runner.process.staging import publish, staging
from banc.runner.process.timing import keep_timing
from banc.stage.files import reads
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train
from banc.stage.made import announced, note


def execute(root: Path, stage: Stage, address: Address, console: Console, *, file: str | None = None) -> None:
    """Runs ``stage`` and publishes its outputs. Where it fails, nothing of them is left but checkpoints.

    Args:
        file: where the weights lie that an import reads, relative to the workspace; of no other stage.

    Raises:
        BancError: an input is missing, damaged or changed meanwhile, the stage is running already, the loss
            is not finite, disk or memory are exhausted, a person's own code raised, someone asked it to stop.
            The message begins with the address.
    """
    if rank():
        follow(root, stage, address)
        return
    heartbeat = HeartbeatFile(root, address, stage.KIND)
    progress, begun = Progress(console, heartbeat=heartbeat, meter=Meter(zones())), time.monotonic()
    several = False
    try:
        with exit_with_parent():
            if isinstance(stage, Train) and (count := processes()) > 1:
                several = True
                launch(root, address, count)
                return
            _check_inputs(root, stage, file)
            with stage_lock(root, address), staging(root, address) as folder:
                forget_failure(root, address)
                heartbeat.write(heartbeat.first)
                # Other processes of this training read nothing before this one has joined them.
                inputs = Inputs(root, reads(stage, file), announced())
                checkpoints = Checkpoints(root, address, inputs, progress.log)
                _run(root, stage, folder, progress, checkpoints, file)
                # Whoever records this digests the inputs only then. Checkpoints stay: each was held, too.
                inputs.hold()
                note(root, address, folder)
                publish(root, stage, folder)
                checkpoints.discard()
                heartbeat.end()
                keep_timing(root, stage, address, progress, time.monotonic() - begun)
    except Exception as error:
        known = error if isinstance(error, BancError) else explain(error) or raised_in_own_code(error, root)
        record_failure(root, address, known or error, progress.where, overwrite=not several)
        if isinstance(known, UsageError):
            raise
        if known is None:
            raise
        raise _placed(known, address, progress.where) from error


def follow(root: Path, stage: Stage, address: Address) -> None:
    """The part of a process that is not the first of its group: it trains, but writes and prints nothing.

    Raises:
        BancError: memory is exhausted. Any other known fault is the first process's to tell.
    """
    if not isinstance(stage, Train):
        return
    progress = Progress(Console(quiet=True))
    try:
        with exit_with_parent():
            checkpoints = Checkpoints(root, address, Inputs(root), progress.log)  # of which it asks nothing
            _run(root, stage, root / PRIVATE, progress, checkpoints)
    except BancError as error:
        raise SystemExit(error.exit_code) from error
    except Exception as error:
        known = explain(error) or raised_in_own_code(error, root)
        if not isinstance(known, Lost):
            record_failure(root, address, known or error, f"process {rank()}, {progress.where}")
        if known is None:
            raise
        if isinstance(known, Lost):
            raise SystemExit(known.exit_code) from error
        raise _placed(known, address, f"process {rank()}, {progress.where}") from error


def _placed(error: BancError, address: Address, where: str) -> BancError:
    wrapped = BancError(f"{address}, {where}: {error.message}" if where else f"{address}: {error.message}")
    wrapped.hint, wrapped.exit_code = error.hint, error.exit_code
    return wrapped


def _run(
    root: Path,
    stage: Stage,
    folder: Path,
    progress: Progress,
    checkpoints: Checkpoints,
    file: str | None = None,
) -> None:
    match stage:
        case Data():
            from banc.runner.datasets.data import data

            data(root, stage, folder)
        case Train():
            # An exception that a signal raises during torch's import crashes native code: defer signals.
            with defer_signals() as stop:
                from banc.runner.training.group import Group, process_group
                from banc.runner.training.train import train

                if size() > 1:
                    # Who left before the others have come would keep them waiting.
                    with process_group(stop) as group:
                        train(root, stage, folder, progress, checkpoints, group)
                    return
            stop.raise_if_set()
            train(root, stage, folder, progress, checkpoints, Group())
        case Import():
            assert file is not None
            with defer_signals() as stop:
                from banc.runner.training.import_network import import_network
            stop.raise_if_set()
            import_network(root, stage, file, folder, progress)
        case Predict():
            with defer_signals() as stop:
                from banc.runner.training.predict import predict
            stop.raise_if_set()
            predict(root, stage, folder, progress, checkpoints)
        case Score():
            from banc.runner.score import score

            score(root, stage, folder)
        case Table():
            from banc.runner.table import table

            table(root, stage, folder)


def _check_inputs(root: Path, stage: Stage, file: str | None) -> None:
    if isinstance(stage, Import) != (file is not None):
        raise UsageError(
            "which file the weights are in is not said" if file is None else "only an import reads a file",
            hint="`dvc repro` says it; by hand, `--file` belongs to networks that were trained elsewhere",
        )
    if file is not None and not (root / file).is_file():
        raise BancError(
            f"the file of weights `{file}` is missing",
            hint="`dvc pull` fetches it, if `dvc add` was told of it; else bring it back",
        )
    missing = [name for name in reads(stage) if not (root / name).is_file()]
    if missing:
        others = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise BancError(
            f"input `{missing[0]}`{others} is missing",
            hint="`dvc repro` makes a stage's inputs first; `dvc pull` fetches them where they exist",
        )
