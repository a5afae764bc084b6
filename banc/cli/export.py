"""``banc export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from banc.export.trackers.tracker import Tracker


def export(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN DIR | SPEC or RUN...",
            help="A finished run (MODEL/COLUMN, or the address of a training or a score) and a new or an "
            "empty folder. For a tracker: specs and runs instead; without any, all that is linked.",
            show_default=False,
        ),
    ] = None,
    tensorboard: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write finished runs for TensorBoard into this folder.", show_default=False
        ),
    ] = None,
    mlflow: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URI",
            help="Write finished runs into this folder's MLflow database, or to the server at this address.",
            show_default=False,
        ),
    ] = None,
    wandb: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write finished runs into this folder as offline runs of Weights & Biases.",
            show_default=False,
        ),
    ] = None,
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

    Or give finished runs to a tracker: parameters, curves and scores, from files alone. A second export of
    the same runs replaces the first.

        banc export --tensorboard logs spec/table2.toml

        banc export --mlflow http://localhost:5000 densenet/ban-2 densenet/ban-3
    """
    from banc.errors import UsageError
    from banc.export.trackers.tracker import Mlflow, TensorBoard, WeightsAndBiases

    trackers: list[Tracker] = []
    trackers += [TensorBoard(tensorboard)] if tensorboard is not None else []
    trackers += [Mlflow(mlflow)] if mlflow is not None else []
    trackers += [WeightsAndBiases(wandb)] if wandb is not None else []
    if trackers:
        if no_program or license is not None or force:
            raise UsageError(
                "`--no-program`, `--license` and `--force` are for the export of a network",
                hint="runs in a tracker are replaced by an export of the same runs",
            )
        _to_trackers(trackers, what or [], seed)
        return
    match what or []:
        case [run, folder]:
            _network(run, Path(folder), seed, license, program=not no_program, force=force)
        case _:
            said = "one name is" if len(what or []) == 1 else f"{len(what or [])} names are"
            raise UsageError(
                f"an export needs a run and a folder, and here {said} given",
                hint="`banc export MODEL/COLUMN DIR`; or `banc export --tensorboard DIR [SPEC or RUN ...]`",
            )


def _network(
    run: str, folder: Path, seed: int | None, licence: str | None, *, program: bool, force: bool
) -> None:
    import re

    from banc.cli.fitted import say
    from banc.cli.show_export import lines
    from banc.errors import UsageError
    from banc.export.folder import check_folder
    from banc.paths import workspace
    from banc.stage.index import read_index
    from banc.stage.names import find_stage

    if licence is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", licence):
        raise UsageError(
            f"`--license {licence}` is no identifier of a licence",
            hint="model hubs expect one such as `mit`, `apache-2.0`, `cc-by-4.0` or `other`",
        )
    root = workspace()
    # What can be refused at once is, before torch is imported.
    check_folder(folder, force=force)
    find_stage(read_index(root), run, seed=seed)
    from banc.export.export import export as write

    exported = write(root, run, folder, seed=seed, program=program, licence=licence, force=force)
    say(lines(exported, folder))


def _to_trackers(trackers: list[Tracker], names: list[str], seed: int | None) -> None:
    from banc.cli.show_export import left_out, written_line
    from banc.errors import BancError
    from banc.export.trackers.choose import choose
    from banc.export.trackers.gather import gather
    from banc.export.trackers.write import check_place, require, write
    from banc.paths import workspace
    from banc.stage.index import read_index
    from banc.state.timings import timings

    root = workspace()
    index = read_index(root)
    for tracker in trackers:
        check_place(root, tracker)
        require(tracker)
    gathered = gather(root, index, choose(root, index, names, seed), timings(root).latest)
    if not gathered.records:
        raise BancError(
            f"nothing to export: none of {len(gathered.unfinished)} runs is finished",
            hint="`dvc repro` makes what is missing; `dvc pull` fetches it where it was made elsewhere",
        )
    for tracker in trackers:
        print(written_line(tracker, write(tracker, gathered.records)))
    print("".join(left_out(gathered)), end="")
