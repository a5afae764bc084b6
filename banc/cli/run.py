"""``banc run``: the one instruction of the machine that DVC is."""

from __future__ import annotations

from typing import Annotated

import typer


def run(
    stage: Annotated[str, typer.Argument(help="A stage's address, as in pipelines/*/dvc.yaml.")],
) -> None:
    """Run one stage. DVC calls this; `dvc repro` decides what must run.

    Reads the stage's parameter file and its input files, writes runs/ADDRESS, and has no option that
    changes results. BANC_DEVICE (cpu, cuda, cuda:1) chooses the device, BANC_THREADS the CPU threads,
    BANC_PROCESSES how many processes share a training, with a GPU each.

        dvc repro

        banc run data-digits-200-fceaddf5daa7
    """
    from rich.console import Console

    from banc.paths import workspace
    from banc.runner.execute import execute
    from banc.stage.files import load_stage
    from banc.stage.kinds import Address

    root = workspace()
    execute(root, load_stage(root, stage), Address(stage), Console(highlight=False))
