"""``banc cancel``."""

from __future__ import annotations

from typing import Annotated

import typer


def cancel(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Specs, runs (MODEL/COLUMN) or addresses of stages. Default: all jobs of this workspace.",
            metavar="SPEC|RUN...",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Cancel what `banc submit` has submitted from this workspace, and nothing else.

    A running stage writes a checkpoint first. Jobs that need a cancelled one are cancelled by Slurm.

        banc cancel

        banc cancel densenet/ban-1
    """
    from banc.cli.words import count
    from banc.cluster.cancel import cancel as cancel_jobs
    from banc.paths import workspace

    done = cancel_jobs(workspace(), names or [])
    if not done:
        print("no job of this workspace is queued or running" if not names else "nothing to cancel")
        return
    print(f"{count(len(done), 'job')} cancelled; `banc submit` or `banc repro` goes on from here")
