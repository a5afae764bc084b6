"""``banc run``: the one instruction of the machine that DVC is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from banc.stage.kinds import Address


def run(
    stage: Annotated[
        str, typer.Argument(help="A stage's address, as in pipelines/*/dvc.yaml, or a run: MODEL/COLUMN.")
    ],
    seed: Annotated[
        int | None, typer.Option(help="Seed of the run. Needed if it has several.", show_default=False)
    ] = None,
    kind: Annotated[
        Literal["train", "import", "predict", "score", "data"] | None,
        typer.Option(help="Stage of the run. Default: its network; for an ensemble, its score."),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            help="Of a network trained elsewhere: its file of weights. Default: as linked.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run one stage. DVC calls this; `dvc repro` decides what must run.

    Reads the stage's parameter file and its input files, writes runs/ADDRESS, and has no option that
    changes results. BANC_DEVICE (cpu, cuda, cuda:1) chooses the device, BANC_THREADS the CPU threads,
    BANC_PROCESSES how many processes share a training, with a GPU each. BANC_CUDA_GRAPHS=0 lets the
    host start each kernel of a training by itself, where a GPU would repeat recorded steps.

        dvc repro

        banc run densenet/ban-1 --seed 0

        banc run data-digits-200-fceaddf5daa7
    """
    from rich.console import Console

    from banc.errors import BancError
    from banc.paths import workspace
    from banc.runner.execute import execute
    from banc.stage.files import load_stage
    from banc.stage.kinds import Address, Import

    root = workspace()
    address = Address(stage)
    if "/" in stage or seed is not None or kind is not None:
        from banc.stage.index import read_index
        from banc.stage.names import find_stage

        address = find_stage(read_index(root), stage, seed=seed, kind=kind)
    try:
        stage_of_address = load_stage(root, address)
        if file is None and isinstance(stage_of_address, Import):
            from banc.stage.index import read_index

            file = read_index(root).stages[address].file
        execute(root, stage_of_address, address, Console(highlight=False), file=file)
    except BancError as error:
        if error.message.startswith(address):
            error.message = f"{address}{_called(root, address)}{error.message.removeprefix(address)}"
        raise


def _called(root: Path, address: Address) -> str:
    """`` (densenet ban-1 seed 0)``, beside an address; nothing where nobody can tell."""
    from banc.errors import BancError
    from banc.stage.index import read_index
    from banc.stage.names import label

    try:
        name = label(read_index(root), address)
    except BancError:
        return ""  # the stage's own fault is what is to be told
    return f" ({name})" if name else ""
