"""What a stage took, written down when it has ended.

In: a published stage, and what was counted while it ran. Out: a line of ``.banc/timings.jsonl``. A stage that
is done must not fail for it: if something goes wrong here, no line is written.
"""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from attrs import evolve

from banc import machine
from banc.config.multiply_adds import layers, multiply_adds
from banc.errors import BancError
from banc.runner.process.progress import Progress
from banc.stage import files
from banc.stage.kinds import Address, Data, Import, Predict, Score, Stage, Table, Train
from banc.stage.timing import FILE, Timing, network_key, timing_line

_DEVICE = re.compile(r"(?:(?P<processes>\d+) processes, )?(?:cpu, (?P<threads>\d+) threads?|(?P<gpu>.+))")
"""As ``training.device.device_name`` spells it."""


def keep_timing(root: Path, stage: Stage, address: Address, progress: Progress, seconds: float) -> None:
    """Appends the line. ``seconds``: of the whole stage."""
    with suppress(OSError, ValueError, KeyError, TypeError, BancError):
        begin = Timing(
            address=address,
            kind=stage.KIND,
            device=machine.cpu(),
            around=round(max(0.0, seconds - progress.spent - progress.test_spent), 3),
            ended=int(time.time()),
        )
        match stage:
            case Train():
                timing = _of_network(root, begin, address, address, files.FACTS)
                live = sorted(_key(root, teacher) for teacher in stage.teachers)
                timing = evolve(
                    timing, batch=stage.recipe.batch, stored=len(stage.teacher_outputs), live=tuple(live)
                )
            case Import():
                timing = _of_network(root, begin, address, address, files.FACTS)
            case Predict():
                timing = _of_network(root, begin, address, stage.model, files.STORE_FACTS)
            case Data() | Score() | Table():
                timing = begin
        timing = evolve(
            timing,
            images=progress.images,
            seconds=round(progress.spent, 3),
            tested=progress.tested,
            test_seconds=round(progress.test_spent, 3),
            # Of a stage that was begun by another process, nobody knows what that one drew.
            energy=() if progress.resumed else progress.meter.drawn(),
        )
        _append(root / FILE, timing_line(timing))


def _of_network(root: Path, timing: Timing, address: Address, trained: Address, facts: str) -> Timing:
    """``timing`` with what is known of the network ``trained`` and of where the stage computed."""
    from banc.runner.files.network_file import describe
    from banc.runner.training.device import peak_memory

    made_with = json.loads((root / files.folder(address) / facts).read_text())["made_with"]
    match = _DEVICE.fullmatch(made_with["device"])
    assert match is not None
    processes = int(match["processes"] or 1)
    network = describe(root / files.folder(trained) / files.MODEL)
    return evolve(
        timing,
        device=machine.gpu(match["gpu"], processes) if match["gpu"] else machine.cpu(processes),
        threads=int(match["threads"] or 0),
        torch=made_with["torch"],
        network=network_key(network.model, network.image),
        slug=network.model.slug,
        parameters=network.model.parameters(network.image),
        multiply_adds=multiply_adds(network.model, network.image),
        layers=layers(network.model),
        memory=peak_memory() if match["gpu"] else 0,
        precision=network.precision,
    )


def _key(root: Path, trained: Address) -> str:
    from banc.runner.files.network_file import describe

    network = describe(root / files.folder(trained) / files.MODEL)
    return network_key(network.model, network.image)


def _append(path: Path, line: str) -> None:
    """In one write, so that stages that end at once mix nothing; after a line that a crash cut short, too."""
    path.parent.mkdir(exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"\n{line}\n".encode())
    finally:
        os.close(handle)
