"""The build file is what ninja makes of it: the real one runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ninja
import pytest
from attrs import evolve

from banc.compiler import compile_specs
from banc.engine.build_file import build_file
from banc.engine.machine import Machine
from banc.engine.places import Gpu
from banc.engine.work import Work, work
from banc.graph.graph import Graph
from banc.plan.plan import plan
from banc.state.read import read

Workspace = Any


@pytest.fixture
def graph(finished: Workspace) -> Graph:
    made = compile_specs(finished.root, finished.specs()).graph
    assert isinstance(made, Graph)
    return made


@pytest.fixture
def work_of(finished: Workspace, graph: Graph) -> Callable[[], Work]:
    def made() -> Work:
        state = read(finished.root, {address: placed.stage for address, placed in graph.stages.items()})
        return work(graph, plan(graph, state))

    return made


def test_of_what_is_finished_nothing_is_left(work_of: Callable[[], Work]) -> None:
    assert work_of() == Work((), (), ())


def test_what_runs_comes_after_what_it_reads_and_tables_come_last(
    finished: Workspace, work_of: Callable[[], Work]
) -> None:
    for path in finished.root.glob("runs/train-*labels*/*"):
        path.unlink()
    restored = work_of()
    assert {stage.address.partition("-")[0] for stage in restored.restore} == {"train"}
    assert not restored.jobs
    for path in finished.root.glob(".dvc/cache/files/md5/*/*"):
        path.unlink()
    left = work_of()
    assert not left.restore
    seen: set[str] = set()
    for job in left.jobs:
        assert set(job.after) <= seen
        seen.add(job.stage.address)
    assert [stage.address for stage, _ in left.tables] == ["table-t"]
    assert {address.partition("-")[0] for address in seen} == {"data", "train", "predict", "score"}


@pytest.mark.parametrize(("gpus", "pool"), [((), ""), ((Gpu("0"), Gpu("1")), "device")])
def test_ninja_asks_for_each_job_once_and_goes_on_past_a_failure(
    finished: Workspace, work_of: Callable[[], Work], tmp_path: Path, gpus: tuple[Gpu, ...], pool: str
) -> None:
    for path in finished.root.glob(".dvc/cache/files/md5/*/*"):
        path.unlink()
    jobs = work_of().jobs
    fails = next(job.stage.address for job in jobs if job.stage.address.startswith("predict"))
    script = tmp_path / "it's $asked.sh"
    script.write_text(f'echo "$1" >> {tmp_path}/asked; test "$1" != {fails}')
    text = build_file(jobs, Machine(gpus, 2, None), ["sh", str(script)])
    (tmp_path / "build.ninja").write_text(text)
    assert text.count("pool = device") == (sum(job.network for job in jobs) if pool else 0)
    done = subprocess.run(
        [str(Path(ninja.BIN_DIR) / "ninja"), "-j", "2", "-k", "0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout
    asked = (tmp_path / "asked").read_text().split()
    assert len(asked) == len(set(asked))
    below = {fails}
    for job in jobs:
        if below & set(job.after):
            below.add(job.stage.address)
    assert set(asked) == {job.stage.address for job in jobs} - below | {fails}


def test_without_gpus_one_large_network_at_a_time_has_all_cores(
    work_of: Callable[[], Work], finished: Any
) -> None:
    for path in finished.root.glob(".dvc/cache/files/md5/*/*"):
        path.unlink()
    jobs = work_of().jobs
    assert all(job.small for job in jobs)
    large = [evolve(job, small=not job.network) for job in jobs]
    networks = sum(job.network for job in jobs)
    assert build_file(large, Machine((), 4, None), ["ask"]).count("pool = cores") == networks
    assert "pool = cores" not in build_file(large, Machine((), 4, 2), ["ask"])
