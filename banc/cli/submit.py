"""``banc submit``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def submit(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Specs, runs (MODEL/COLUMN) or addresses of stages: these and what they need. "
            "Default: all that is linked.",
            metavar="SPEC|RUN...",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[Literal["slurm"], typer.Option(help="Which kind of cluster.")] = "slurm",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the scripts and submit nothing. Needs no Slurm.")
    ] = False,
    partition: Annotated[
        str | None, typer.Option(help="Slurm's partition, over banc.toml.", show_default=False)
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Slurm's account, over banc.toml.", show_default=False)
    ] = None,
    gpus: Annotated[
        str | None,
        typer.Option(
            help="GPUs of a training or prediction: 1, or a kind and a number, a100:1; over banc.toml.",
            show_default=False,
        ),
    ] = None,
    cpus: Annotated[
        int | None, typer.Option(help="Cores of a job, over banc.toml.", show_default=False)
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory of a job: 16G; over banc.toml.", show_default=False)
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="Longest time at a stretch: 30min, 4h, 2d; over banc.toml. What takes longer goes on from "
            "its checkpoint.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="Estimate times on this device, as banc plan does: A100.", show_default=False),
    ] = None,
    sbatch: Annotated[
        list[str] | None,
        typer.Option(
            help="One more option of sbatch: --sbatch=--qos=high. Can be repeated.", show_default=False
        ),
    ] = None,
) -> None:
    """Hand what `dvc repro` would run to a Slurm cluster, a job for each network.

    Submits what is linked (`banc compile`) and neither finished nor queued, and ends. Jobs wait for the jobs
    whose outputs they read, go on from a checkpoint after a time limit or a pre-emption, and record in DVC
    what has run. All nodes must see this folder under the same path. What jobs ask for stands in banc.toml.

        banc submit --dry-run

        banc submit spec/table2.toml --partition gpu --gpus 1 --time 12h

        banc status

        banc cancel
    """
    from banc.cli.fitted import say
    from banc.cli.show_submit import Announcer, dry, first_line, last_line
    from banc.cluster.request import request
    from banc.cluster.request import submit as submit_jobs
    from banc.cluster.resources import read_resources, with_flags
    from banc.engine.claim import claim
    from banc.jobs.journal import at_work, works_for
    from banc.paths import workspace

    assert engine == "slurm"
    root = workspace()
    flags = {
        "partition": partition,
        "account": account,
        "gpus": gpus,
        "cpus": cpus,
        "memory": memory,
        "time": time,
        "device": device,
        "sbatch": sbatch,
    }
    cluster = with_flags(read_resources(root), flags)
    if dry_run:
        print(dry(request(root, names or [], cluster, ask=False)), end="")
        return
    # On a machine that is a node, too, their stages may be running here.
    jobs = at_work(root)
    with claim(root, "banc submit", beside=lambda who: works_for(who.process, jobs)):
        asked_for = request(root, names or [], cluster, ask=True)
        say([first_line(asked_for)])
        announce = Announcer(asked_for)
        submit_jobs(asked_for, announce.say)
    say([last_line(asked_for)])
