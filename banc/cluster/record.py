"""What the jobs that record do: scores, DVC's records, tables.

In: a workspace, and what was submitted, by name. Out: what ``dvc repro`` would have left, of all that has
run by now; and in the journal how jobs ended. It may run at any time and again: it does what can be done
then. Slurm runs one such job at a time, and no other calls DVC.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from banc.cluster.job import JobRunner, Say, warned
from banc.cluster.restore import restore
from banc.cluster.settle import Settled, settle
from banc.engine.dvc import Dvc
from banc.engine.recorder import Recorder
from banc.engine.wanted import wanted
from banc.errors import BancError
from banc.graph.graph import Graph
from banc.jobs.journal import at_work
from banc.plan.asked import Asked, asked
from banc.plan.plan import plan
from banc.read_state import read_state
from banc.stage.files import parents
from banc.stage.index import read_index
from banc.stage.kinds import Address, Score
from banc.stage.made import read_made
from banc.state.digests import files
from banc.state.dvc_config import cache_folder, makes_links
from banc.state.memory import Memory


def record(root: Path, names: Sequence[str], say: Say) -> None:
    """Records what ``names`` mean (all that is linked, without any), as far as it has run.

    Raises:
        BancError: a score or a table failed, or something could not be recorded. All else is.
    """
    # The warning before a time limit would end a process that does not hear it: what DVC is doing goes on.
    with warned() as stop:
        failed = _record(root, names, JobRunner(root, stop, say), say)
    if failed:
        told = "".join(f"\n  {address}: {why}" for address, why in failed.items())
        raise BancError(f"not all could be made or recorded:{told}", hint="`banc submit` tries it again")


def _record(root: Path, names: Sequence[str], runner: JobRunner, say: Say) -> dict[Address, str]:
    """What failed, and why."""
    graph = wanted(root, read_index(root), names)
    settled = _settle(root, graph)
    failed: dict[Address, str] = {}
    for address, entry in settled.restore.items():
        read_files = files(Memory(root), root, asked(address, graph.stages[address]).inputs)
        digests = {path: file.md5 for path, file in read_files.items() if file.md5}
        restore(root, cache_folder(root), address, graph.stages[address].stage, entry, digests)
    made = {*settled.kept, *settled.found, *settled.restore}
    for address in settled.needed:
        stage = graph.stages[address].stage
        if isinstance(stage, Score) and made.issuperset(parents(stage)):
            try:
                runner.do(address)
                made.add(address)
            except BancError as error:
                if error.exit_code >= 128:
                    raise
                failed[address] = error.message
    recorded = _to_dvc(root, graph, made - {*settled.kept}, failed)
    say(f"{len(recorded)} recorded")
    done = made - {*failed}
    for address in settled.tables:
        if done.issuperset(parents(graph.stages[address].stage)):
            if refused := Dvc(root).make(asked(address, graph.stages[address])):
                failed[address] = refused
            else:
                say(f"{address}: done")
    at_work(root)  # which writes down how the others ended
    return failed


def _settle(root: Path, graph: Graph) -> Settled:
    state = read_state(root, graph)
    return settle(graph, plan(graph, state), state)


def _to_dvc(root: Path, graph: Graph, ran: set[Address], failed: dict[Address, str]) -> list[Asked]:
    """Has DVC record what ``ran``.

    Returns:
        What it has recorded.
    """
    dvc = Dvc(root)
    recorder = Recorder(root, dvc, failed.__setitem__)
    for address in graph.stages:
        if address in ran and (note := read_made(root, address)) is not None:
            recorder.add(asked(address, graph.stages[address]), note)
    recorder.close()
    own = os.environ.get("SLURM_JOB_ID")
    # Files that a running job may be reading stay what they are.
    if (
        recorder.recorded
        and makes_links(root)
        and not [process for process in at_work(root) if process.number != own]
    ):
        dvc.link(recorder.recorded)
    return recorder.recorded
