"""What a stage is run with is what it was decided by."""

from __future__ import annotations

import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from banc.compiler import compile_specs
from banc.engine.attendant import Attendant
from banc.engine.dvc import Dvc
from banc.engine.event import Event
from banc.engine.machine import Machine
from banc.engine.places import Gpu
from banc.engine.work import Job
from banc.plan.asked import asked
from banc.read_state import read_state


@pytest.mark.parametrize("edited", [False, True])
def test_what_is_edited_while_a_stage_waits_for_its_gpu_is_not_run_with(
    finished: Any, monkeypatch: pytest.MonkeyPatch, edited: bool
) -> None:
    """Of its digest by then, the stage would be noted as made of what was there before."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    root = finished.root
    graph = compile_specs(root, finished.specs()).graph
    address = next(stage for stage in graph.stages if stage.startswith("score-"))
    stage = asked(address, graph.stages[address])
    (root / stage.lock).unlink()
    shutil.rmtree(root / ".dvc/cache/runs")
    said: list[Event] = []
    attendant = Attendant(
        root,
        root / ".dvc/cache",
        read_state(root, graph),
        {address: Job(stage, (), network=True, small=True)},
        Machine((Gpu("0"),), jobs=1, threads=None),
        Dvc(root),
        said.append,
    )
    gpus = attendant._gpus
    assert gpus
    with ThreadPoolExecutor(1) as pool:
        with gpus.to(None):
            done = pool.submit(attendant.attend, address, lambda: False)
            while not (gpus._line or done.done()):
                time.sleep(0.01)
            if edited:
                (root / stage.inputs[0]).write_text("edited")
        assert not done.result()
    attendant.stages.close()
    attendant.recorder.close()
    # What `finished` has written is no array; so it fails in any case, and later if nothing was edited.
    why = attendant.failed[address]
    assert (f"input `{stage.inputs[0]}` was changed as this stage began" in why) == edited, why
