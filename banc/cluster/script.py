"""A job -> the text of its script for ``sbatch``.

In: what the job runs, and what it asks for. Out: text. A pure function: the same job has the same script.
What it waits for is no part of it, since numbers of jobs are known only when they are submitted.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from math import ceil

from attrs import frozen

from banc.cluster.resources import Resources

WARNING = 120
"""Seconds before its time is over that a job is told, to write a checkpoint and begin again."""

LOGS = ".banc/logs"


@frozen
class Script:
    """A job that is to be submitted."""

    file: str
    """Its name in ``jobs.journal.SCRIPTS``."""
    name: str
    """What Slurm calls it."""
    text: str


def script(
    file: str,
    name: str,
    root: str,
    command: Sequence[str],
    resources: Resources,
    *,
    seconds: float | None = None,
    requeue: bool = True,
) -> Script:
    """The script that runs ``command`` in ``root``.

    Args:
        seconds: its time limit; None: the cluster's.
        requeue: whether it goes on by itself after a time limit, a pre-emption, or the loss of its node.
    """
    options = [
        f"--job-name={name}",
        f"--chdir={_quoted(root)}",
        f"--output={LOGS}/job-%j.log",
        "--open-mode=append",
        "--kill-on-invalid-dep=yes",
    ]
    options += ["--requeue", f"--signal=B:USR1@{WARNING}"] if requeue else ["--no-requeue"]
    asked = {
        "partition": resources.partition,
        "account": resources.account,
        "gres": f"gpu:{resources.gpus}" if resources.gpus else None,
        "cpus-per-task": resources.cpus,
        "mem": resources.memory,
        "time": None if seconds is None else _time(seconds),
    }
    options += [f"--{option}={value}" for option, value in asked.items() if value is not None]
    lines = ["#!/bin/sh", *(f"#SBATCH {option}" for option in (*options, *resources.sbatch))]
    lines += resources.setup
    if resources.processes > 1:
        lines.append(f"export BANC_PROCESSES={resources.processes}")
    return Script(file, name, "\n".join([*lines, f"exec {shlex.join(command)}"]) + "\n")


def _time(seconds: float) -> str:
    """``0-04:30``: days, hours, minutes, rounded up."""
    minutes = max(1, ceil(seconds / 60))
    return f"{minutes // 1440}-{minutes // 60 % 24:02}:{minutes % 60:02}"


def _quoted(text: str) -> str:
    """For a line of options, which knows double quotes and backslashes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if escaped != text or " " in text or "#" in text else text
