from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import Any

from attrs import evolve

from banc.compiler import compile_specs
from banc.plan.reason import OutputLost, RecordMissing
from banc.stage.heartbeat import Failure, Heartbeat
from banc.stage.kinds import Address
from banc.state.state import Checkpoint, ClusterJob, Holder
from banc.status.stage_state import Again, Done, Failed, Interrupted, Queued, Restorable, Running, Waiting
from banc.status.status import Status, TableStatus

# A class of ``conftest``, which cannot be imported from here.
Workspace = Any
HERE = os.uname().nodename
BEAT = Heartbeat(
    "train", 12, HERE, since=90.0, at=100.0, phase="epoch 4 of 10", epoch=4, epochs=10, done=70, total=200,
    images_per_second=10.0, loss=0.5, error=9.0, device="cpu", losses=(1.0, 0.5), errors=(50.0, 9.0),
)  # fmt: skip
FAILURE = Failure("the loss is not finite", 5.0, 1)
TEACHER = "dense teacher seed 0"


def kinds(status: Status) -> dict[str, int]:
    return dict(Counter(type(stage.state).__name__ for stage in status.stages))


def lose(workspace: Workspace, name: str, cached: bool = False) -> Address:
    """Deletes a stage's outputs; and what DVC recorded, unless they are to stay in its cache."""
    address: Address = workspace.address(name)
    shutil.rmtree(workspace.root / "runs" / address)
    if not cached:
        shutil.rmtree(workspace.root / ".dvc/cache/runs")
        for path in workspace.root.glob("pipelines/*/dvc.lock"):
            path.unlink()
    return address


def test_the_graph_is_what_is_linked(workspace: Workspace) -> None:
    """As the specs give it."""
    compiled = compile_specs(workspace.root, [workspace.root / "spec/t.toml"]).graph
    linked = workspace.graph()
    assert linked.paths == compiled.paths
    assert linked.stages == compiled.stages


def test_everything_is_done(workspace: Workspace) -> None:
    made = workspace.status()
    assert kinds(made) == {"Done": 22}
    assert made.tables == (TableStatus("t", "spec/t.toml", 22, 22, 8, 8),)
    assert len(made.finished) == 22


def test_in_dvcs_cache(workspace: Workspace) -> None:
    lose(workspace, TEACHER, cached=True)
    made = workspace.status()
    assert kinds(made) == {"Done": 21, "Restorable": 1}
    assert made.tables[0].finished == 22


def test_nothing_has_run(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root / "runs")
    shutil.rmtree(workspace.root / "results")
    for path in [*workspace.root.glob("pipelines/*/dvc.lock"), workspace.root / "dvc.lock"]:
        path.unlink()
    shutil.rmtree(workspace.root / ".dvc/cache")
    made = workspace.status()
    assert kinds(made) == {"Waiting": 22}
    data = workspace.address("data")
    assert workspace.stage("data", made).state == Waiting(())
    assert workspace.stage(TEACHER, made).state == Waiting((data,))
    assert made.tables[0] == TableStatus("t", "spec/t.toml", 0, 22, 0, 8)


def test_edited_and_unrecorded_stages_run_again(workspace: Workspace) -> None:
    address = workspace.address(TEACHER)
    (workspace.root / "runs" / address / "history.csv").write_text("edited")
    shutil.rmtree(workspace.root / ".dvc/cache/files")
    state = workspace.stage(TEACHER).state
    assert isinstance(state, Again) and isinstance(state.reason, OutputLost)
    shutil.rmtree(workspace.root / ".dvc/cache/runs")
    for path in workspace.root.glob("pipelines/*/dvc.lock"):
        path.unlink()
    found = workspace.state()
    state = workspace.stage(TEACHER).state
    assert state == Again(RecordMissing())
    # In the moment before DVC writes it down: its run cache has it by then, or has not.
    assert workspace.stage(TEACHER, workspace.status(evolve(found, dvc_locks=True))).state == Running(None)


def test_a_stage_that_dvc_is_about_to_record_is_at_work(workspace: Workspace) -> None:
    for path in workspace.root.glob("pipelines/*/dvc.lock"):
        path.unlink()
    state = workspace.state()
    assert isinstance(workspace.stage(TEACHER, workspace.status(state)).state, Restorable)
    assert workspace.stage(TEACHER, workspace.status(evolve(state, dvc_locks=True))).state == Running(None)


def test_what_banc_repro_has_run_and_not_recorded_yet_is_done(workspace: Workspace) -> None:
    address = workspace.address(TEACHER)
    for path in workspace.root.glob("pipelines/*/dvc.lock"):
        path.unlink()
    state = evolve(workspace.state(), made=frozenset({address}))
    assert workspace.stage(TEACHER, workspace.status(state)).state == Done()


def test_running(workspace: Workspace) -> None:
    address = lose(workspace, TEACHER)
    state = workspace.state()
    held = evolve(state, holders={address: Holder(12, HERE)})
    assert workspace.stage(TEACHER, workspace.status(held)).state == Running(Holder(12, HERE))
    beating = evolve(held, heartbeats={address: BEAT})
    expected = Running(Holder(12, HERE), BEAT, 13.0)
    assert workspace.stage(TEACHER, workspace.status(beating)).state == expected
    # What an earlier run left, whose number may be another process's by now.
    for other in (Holder(13, HERE), Holder(12, "elsewhere")):
        of_another = evolve(beating, holders={address: other}, failures={address: FAILURE})
        assert workspace.stage(TEACHER, workspace.status(of_another)).state == Running(other)
    starting = evolve(state, at_work={address}, failures={address: FAILURE})
    assert workspace.stage(TEACHER, workspace.status(starting)).state == Running(None)


def test_interrupted_and_failed(workspace: Workspace) -> None:
    address = lose(workspace, TEACHER)
    state = workspace.state()
    left = evolve(state, heartbeats={address: BEAT})
    assert workspace.stage(TEACHER, workspace.status(left)).state == Interrupted(None, BEAT)
    saved = evolve(left, checkpoints={address: Checkpoint(3, 1, {})})
    assert workspace.stage(TEACHER, workspace.status(saved)).state == Interrupted(Checkpoint(3, 1, {}), BEAT)
    failed = evolve(saved, failures={address: FAILURE})
    assert workspace.stage(TEACHER, workspace.status(failed)).state == Failed(FAILURE)


def test_a_checkpoint_that_the_run_will_not_use_is_not_told(workspace: Workspace) -> None:
    """One of other inputs, or that does not say."""
    address, state = workspace.address(TEACHER), workspace.state()
    left = evolve(
        state,
        files={path: file for path, file in state.files.items() if address not in path},
        locks={
            lock: {of: entry for of, entry in entries.items() if of != address}
            for lock, entries in state.locks.items()
        },
        runs={},
        heartbeats={address: BEAT},
    )
    (path,) = [path for path in state.files if path.endswith("train_images.npy")]
    for inputs, used in (({path: state.files[path].md5}, True), ({path: "0" * 32}, False), (None, False)):
        found = Checkpoint(3, 1, inputs)
        made = workspace.status(evolve(left, checkpoints={address: found}))
        assert workspace.stage(TEACHER, made).state == Interrupted(found if used else None, BEAT)


def test_what_is_finished_is_finished_whatever_lies_about(workspace: Workspace) -> None:
    address = workspace.address(TEACHER)
    littered = evolve(
        workspace.state(),
        heartbeats={address: BEAT},
        failures={address: FAILURE},
        checkpoints={address: Checkpoint(1, 0, {})},
        at_work={address},
    )
    assert workspace.stage(TEACHER, workspace.status(littered)).state == Done()
    lose(workspace, TEACHER, cached=True)
    state = workspace.stage(TEACHER, workspace.status(evolve(workspace.state(), heartbeats={address: BEAT})))
    assert isinstance(state.state, Restorable)


def test_tables_share_stages(workspace: Workspace, finish: Any) -> None:
    text = (workspace.root / "spec/t.toml").read_text()
    small = text.replace('["dense", "wide"]', '["dense"]')
    (workspace.root / "spec/u.toml").write_text(small)
    finish(workspace.root, sorted((workspace.root / "spec").glob("*.toml")))
    made = workspace.status()
    assert [(table.name, table.stages, table.trainings) for table in made.tables] == [
        ("t", 22, 8),
        ("u", 12, 4),
    ]
    assert len(made.stages) == 23
    only = workspace.status(None, "u")
    assert [table.name for table in only.tables] == ["u"]
    assert len(only.stages) == 12


def test_only_trainings_have_epochs(workspace: Workspace) -> None:
    stages = workspace.status().stages
    assert {(stage.kind, stage.epochs) for stage in stages} == {
        ("data", None), ("train", 10), ("predict", None), ("score", None), ("table", None)
    }  # fmt: skip


def test_what_a_cluster_has_of_it(workspace: Workspace) -> None:
    """One job of two stages, as it goes on; then it is lost, and could not say why."""
    first = lose(workspace, TEACHER)
    second = workspace.address("dense teacher seed 0 outputs")
    shutil.rmtree(workspace.root / "runs" / second)
    state = workspace.state()

    def now(job: ClusterJob, **more: Any) -> list[Any]:
        made = workspace.status(evolve(state, jobs={first: job, second: job}, **more))
        assert workspace.stage(TEACHER, made).job == job
        return [workspace.stage(name, made).state for name in (TEACHER, "dense teacher seed 0 outputs")]

    waits = ClusterJob("7", "PENDING", (first, second), waits=True, lives=True, reason="Priority")
    assert now(waits) == [Queued(waits), Queued(waits)]
    # What lies about from an earlier run says nothing as long as the job waits.
    assert now(waits, heartbeats={first: BEAT}, failures={first: FAILURE}) == [Queued(waits), Queued(waits)]
    runs = evolve(waits, state="RUNNING", waits=False, reason="", node="n1")
    assert now(runs) == [Queued(runs), Queued(runs)]
    assert now(runs, heartbeats={first: BEAT}) == [Running(Holder(12, HERE), BEAT, 13.0), Queued(runs)]
    assert now(runs, made={first}, heartbeats={second: BEAT})[0] == Done()
    assert isinstance(now(runs, made={first}, heartbeats={second: BEAT})[1], Running)
    lost = evolve(runs, state="OUT_OF_MEMORY", lives=False, ended=50.0)
    told = Failure("Slurm ended job 7 on n1: out of memory", 50.0, 1, "`memory` in banc.toml gives jobs more")
    assert now(lost)[0] == Failed(told)
    assert not isinstance(now(lost)[1], Failed)
    assert now(lost, failures={first: FAILURE})[0] == Failed(FAILURE)
    cancelled = evolve(lost, state="CANCELLED")
    assert not [state for state in now(cancelled) if isinstance(state, Failed)]
    assert now(evolve(lost, state="COMPLETED"))[0] == now(cancelled)[0]
