"""What is known of jobs, from lines that were written and from what Slurm says."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from banc.errors import BancError, UsageError
from banc.jobs.journal import (
    FILE,
    GONE,
    SCRIPTS,
    Job,
    append,
    at_work,
    read_jobs,
    refuse_beside_jobs,
    updated,
)
from banc.jobs.slurm import Seen, queue


def test_the_last_line_about_a_job_counts_and_damaged_ones_do_not(tmp_path: Path) -> None:
    assert read_jobs(tmp_path) == ()
    append(tmp_path, Job("", "a.sh", ("a", "b"), "me"), Job("1", "a.sh", ("a", "b"), "me"))
    append(tmp_path, Job("2", "record.sh"))
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"job": "3"}\n[]\nno json\n\xff\n')
    append(tmp_path, Job("1", "a.sh", ("a", "b"), "me", end="FAILED", node="n1"))
    assert read_jobs(tmp_path) == (
        Job("1", "a.sh", ("a", "b"), "me", end="FAILED", node="n1"),
        Job("2", "record.sh"),
    )


def test_ends_are_slurms_words_and_what_it_has_forgotten_is_gone(tmp_path: Path) -> None:
    script = f"{tmp_path}/{SCRIPTS}/a.sh"
    jobs = [Job(number, "a.sh", ("a",)) for number in "1234"]
    seen = {
        "1": Seen("1", "RUNNING", node="n1", script=script),
        "2": Seen("2", "OUT_OF_MEMORY", node="n2", script=script),
        # The number was given again: this is somebody else's.
        "3": Seen("3", "RUNNING", script="/elsewhere/a.sh"),
    }
    now = updated(tmp_path, jobs, seen)
    assert [(job.end, job.node) for job in now] == [("", ""), ("OUT_OF_MEMORY", "n2"), (GONE, ""), (GONE, "")]


def test_a_job_whose_number_nobody_wrote_down_is_known_by_its_script(tmp_path: Path) -> None:
    """The submission was killed between Slurm's answer and the journal."""
    lost, never = Job("", "a.sh", ("a",)), Job("", "b.sh", ("b",))
    seen = {"7": Seen("7", "PENDING", script=f"{tmp_path}/{SCRIPTS}/a.sh")}
    assert updated(tmp_path, [lost, never], seen) == (Job("7", "a.sh", ("a",)),)


@pytest.fixture
def squeue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of this name that prints a file."""
    program = tmp_path / "bin/squeue"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/says\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "says"


def test_what_has_ended_is_written_down_and_slurm_not_asked_again(tmp_path: Path, squeue: Path) -> None:
    append(tmp_path, Job("1", "a.sh", ("a",)), Job("2", "b.sh", ("b",)))
    folder = f"{tmp_path}/{SCRIPTS}"
    squeue.write_text(f"1|COMPLETED|None|n1|{folder}/a.sh\n2|PENDING|Priority||{folder}/b.sh\n")
    assert [job.number for job in at_work(tmp_path)] == ["2"]
    with pytest.raises(UsageError, match="a job of this workspace is queued or running on Slurm, so no"):
        refuse_beside_jobs(tmp_path, "no")
    squeue.write_text(f"2|CANCELLED|None||{folder}/b.sh\n")
    assert at_work(tmp_path) == ()
    squeue.unlink()
    assert [job.end for job in read_jobs(tmp_path)] == ["COMPLETED", "CANCELLED"]
    refuse_beside_jobs(tmp_path, "no")


def test_what_slurm_says_is_told_with_what_to_do(tmp_path: Path, squeue: Path) -> None:
    append(tmp_path, Job("1", "a.sh", ("a",)))
    (tmp_path / "bin/squeue").write_text("#!/bin/sh\necho 'squeue: fatal: no configuration' >&2\nexit 1\n")
    with pytest.raises(BancError, match=r"Slurm refused `squeue`: no configuration") as caught:
        queue(["me"])
    assert caught.value.hint is not None and "`sinfo`" in caught.value.hint


def test_where_slurm_cannot_be_asked_it_is_not_taken_for_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, Job("1", "a.sh", ("a",)))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BancError, match=r"there is no `squeue` here.*may not have ended"):
        refuse_beside_jobs(tmp_path, "no")
