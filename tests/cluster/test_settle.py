"""What is left to do when stages have run that DVC does not know of, and what a dry run prints of it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from banc.cluster.request import request
from banc.cluster.resources import Cluster, Resources
from banc.cluster.restore import restore
from banc.cluster.settle import Settled, settle
from banc.digest import file_md5
from banc.engine.wanted import wanted
from banc.errors import BancError, UsageError
from banc.plan.asked import asked
from banc.plan.plan import plan
from banc.stage.index import read_index
from banc.stage.kinds import Address
from banc.stage.made import write_made
from banc.state.read import read

Workspace = Any


def settled(root: Path) -> Settled:
    graph = wanted(root, read_index(root), [])
    state = read(root, {address: placed.stage for address, placed in graph.stages.items()})
    return settle(graph, plan(graph, state), state)


def kinds(addresses: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for address in addresses:
        kind = address.partition("-")[0]
        found[kind] = found.get(kind, 0) + 1
    return found


def lose_cache(root: Path) -> None:
    for path in root.glob(".dvc/cache/files/md5/*/*"):
        path.unlink()
    shutil.rmtree(root / ".dvc/cache/runs")


def pretend_it_ran(root: Path, address: Address) -> None:
    """A note, as a job leaves it, of what lies there."""
    stage = asked(address, wanted(root, read_index(root), [address]).stages[address])
    write_made(root, address, {path: file_md5(root / path) for path in stage.inputs}, root / "runs" / address)


def test_of_what_is_finished_nothing_is_left(finished: Workspace) -> None:
    assert kinds(settled(finished.root).kept) == {"data": 1, "train": 4, "predict": 2, "score": 4, "table": 1}


def test_what_ran_unrecorded_is_found_and_what_hangs_on_it_is_decided(finished: Workspace) -> None:
    """A plan can only say `wait` here: whether what hangs on the teacher runs, is seen when it has run."""
    root = finished.root
    lose_cache(root)
    before = settled(root)
    assert kinds(before.needed) == {"data": 1, "train": 4, "predict": 2, "score": 4}
    data, teacher = (
        next(address for address in before.needed if address.startswith(kind)) for kind in ("data", "train")
    )
    pretend_it_ran(root, data)
    pretend_it_ran(root, teacher)
    after = settled(root)
    assert after.found == [data, teacher]
    assert len(after.needed) == len(before.needed) - 2
    next((root / "runs" / data).iterdir()).write_text("other")  # it is no longer what it made
    assert settled(root).found == []


def test_what_the_cache_has_is_put_back_and_noted(finished: Workspace) -> None:
    root = finished.root
    lost = next(address for address in settled(root).kept if address.startswith("predict"))
    before = {path.name: path.read_bytes() for path in (root / "runs" / lost).iterdir()}
    shutil.rmtree(root / "runs" / lost)
    found = settled(root)
    assert [*found.restore] == [lost]
    placed = wanted(root, read_index(root), [lost]).stages[lost]
    inputs = {path: file_md5(root / path) for path in asked(lost, placed).inputs}
    restore(root, root / ".dvc/cache", lost, placed.stage, found.restore[lost], inputs)
    assert {path.name: path.read_bytes() for path in (root / "runs" / lost).iterdir()} == before
    assert settled(root).needed == []

    shutil.rmtree(root / "runs" / lost)
    md5 = next(iter(found.restore[lost].outputs.values())).md5
    damaged = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    damaged.chmod(0o644)
    damaged.write_text("other")
    with pytest.raises(BancError, match="other bytes than their name says"):
        restore(root, root / ".dvc/cache", lost, placed.stage, found.restore[lost], inputs)
    assert not (root / "runs" / lost).exists()


def test_a_stage_that_has_a_job_is_not_submitted_again(finished: Workspace) -> None:
    from banc.cluster.prepare import prepare

    root = finished.root
    lose_cache(root)
    alone = Cluster(network=Resources(together=0))
    whole = request(root, [], alone, ask=False)
    teacher = next(address for address in whole.settled.needed if address.startswith("train"))
    again = prepare(
        str(root),
        whole.index,
        whole.graph,
        whole.settled,
        {},
        alone,
        {teacher: f"{teacher}.sh"},
        names=[],
        python="python",
    )
    assert again.queued == (teacher,)
    assert len(again.jobs) == len(whole.prepared.jobs) - 1
    waits = [job for job in again.jobs if teacher in job.after]
    assert len(waits) == 1


@pytest.fixture
def moved(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of it has run, and a person stands in it."""
    lose_cache(finished.root)
    shutil.rmtree(finished.root / "runs")
    monkeypatch.chdir(finished.root)
    return Path(finished.root)


TOML = """
[resources]
partition = "gpu"
gpus = 1
cpus = 4
memory = "16G"
time = "4 h"
device = "A100"
together = "20 min"
sbatch = ["--qos=low"]
setup = ["module load cuda"]
[resources.cpu]
partition = "cpu"
"""


def test_scripts_are_those_of_the_golden_file(
    moved: Path, update_golden: bool, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from banc.cli.submit import submit

    (moved / "banc.toml").write_text(TOML)
    submit([], dry_run=True)
    said = capsys.readouterr().out.replace(str(moved), "/shared/table").replace(sys.executable, "python")
    said = re.sub(r"banc-record-[0-9a-f]{12}", "banc-record-0123456789ab", said)
    golden = checkout / "tests/cluster/golden/dry-run.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(said)
    assert said == golden.read_text()
    assert not (moved / ".banc/jobs.jsonl").exists()


def test_of_several_gpus_each_has_a_process_and_long_ones_have_the_longest_time(moved: Path) -> None:
    resources = Resources(gpus="h100:4", device="A100", time=600, together=0)
    jobs = request(moved, [], Cluster(network=resources), ask=False).prepared.jobs
    texts = [job.script.text for job in jobs if job.stages[:1] and job.stages[0].startswith("train")]
    assert len(texts) == 4
    assert all("#SBATCH --gres=gpu:h100:4\n" in text for text in texts)
    assert all("export BANC_PROCESSES=4\n" in text for text in texts)
    assert all("#SBATCH --time=0-00:10\n" in text for text in texts)
    assert not [
        job for job in jobs if job.stages[:1] and "--gres" in job.script.text and "data" in job.stages[0]
    ]


def test_records_come_after_so_many_jobs_and_name_what_was_asked_for(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("banc.cluster.prepare.RECORD_EVERY", 3)
    alone = Cluster(network=Resources(together=0))
    jobs = request(moved, ["spec/t.toml"], alone, ask=False).prepared.jobs
    records = [job for job in jobs if not job.stages]
    assert [len(job.after_any) for job in records] == [3, 3, 1]
    assert records[-1] is jobs[-1]
    assert records[0].script.text.endswith(" -m banc job record spec/t.toml\n")


def test_a_path_with_spaces_is_one_option(moved: Path, tmp_path: Path) -> None:
    there = tmp_path / 'a "b" c'
    shutil.move(moved, there)
    os.chdir(there)
    job = request(there, [], Cluster(), ask=False).prepared.jobs[0]
    assert re.search(r'^#SBATCH --chdir="(.*)"$', job.script.text, flags=re.MULTILINE)[1] == str(
        there
    ).replace('"', '\\"')


def test_where_dvc_would_record_nothing_no_job_is_made(moved: Path) -> None:
    with pytest.raises(UsageError, match="DVC cannot record what runs in"):
        request(moved.rename(moved.with_name("a{0}")), [], Cluster(), ask=False)
