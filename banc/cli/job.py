"""``banc job``: what the scripts of ``banc submit`` call on the nodes of a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

job = typer.Typer(help="What a job of `banc submit` does. Slurm calls this.", no_args_is_help=True)


@job.command("run")
def run(
    addresses: Annotated[list[str], typer.Argument(help="Stages, inputs before what reads them.")],
) -> None:
    """Run stages that must run, one after another."""
    from banc.cluster.job import run_job
    from banc.paths import workspace
    from banc.stage.kinds import Address

    run_job(workspace(), [Address(address) for address in addresses], print)


@job.command("record")
def record(
    names: Annotated[
        list[str] | None, typer.Argument(help="What was submitted. Default: all that is linked.")
    ] = None,
) -> None:
    """Record in DVC what has run, and make scores and tables."""
    from banc.cluster.record import record as record_all
    from banc.paths import workspace

    record_all(workspace(), names or [], print)
