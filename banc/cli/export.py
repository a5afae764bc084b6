"""``banc export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[
        str, typer.Argument(help="A finished run: MODEL/COLUMN, or the address of a training or a score.")
    ],
    folder: Annotated[Path, typer.Argument(help="Where to write: a new or an empty folder.", metavar="DIR")],
    seed: Annotated[
        int | None, typer.Option(help="Seed of the run. Needed if it has several.", show_default=False)
    ] = None,
    no_program: Annotated[
        bool, typer.Option("--no-program", help="Leave out model.pt2, the torch.export program.")
    ] = False,
    license: Annotated[
        str | None,
        typer.Option(help="For the model card: an identifier such as mit.", metavar="ID", show_default=False),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier export in DIR; other files stay.")
    ] = False,
) -> None:
    """Export a trained network or an ensemble: weights, a model card, and a program that needs no banc.

    The program reads float32 images (N, channels, height, width) between 0 and 1, and normalises them itself.
    It is compared with the run's stored outputs before anything is written. Nothing is trained.

        banc export densenet/ban-2 --seed 0 ban-2

        banc export densenet/ens-3 --seed 0 ens-3 --license mit
    """
    import re

    from banc.cli.show_export import lines
    from banc.errors import UsageError
    from banc.export.folder import check_folder
    from banc.paths import workspace
    from banc.stage.index import read_index
    from banc.stage.names import find_stage

    if license is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", license):
        raise UsageError(
            f"`--license {license}` is no identifier of a licence",
            hint="model hubs expect one such as `mit`, `apache-2.0`, `cc-by-4.0` or `other`",
        )
    root = workspace()
    # What can be refused at once is, before torch is imported.
    check_folder(folder, force=force)
    find_stage(read_index(root), run, seed=seed)
    from banc.export.export import export as write

    exported = write(root, run, folder, seed=seed, program=not no_program, licence=license, force=force)
    print("\n".join(lines(exported, folder)))
