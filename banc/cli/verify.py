"""``banc verify``."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Annotated, Literal

import typer


def verify(
    stages: Annotated[
        list[str] | None,
        typer.Argument(
            help="Stages by address, or runs: MODEL/COLUMN. Default: every finished stage.",
            metavar="STAGE...",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the runs. Default: all seeds.", show_default=False)
    ] = None,
    kind: Annotated[
        Literal["train", "import", "predict", "score", "data"] | None,
        typer.Option(help="Stage of the runs. Default: their networks; for an ensemble, its score."),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Only N of the finished trainings, the same ones each time.", metavar="N"),
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Text for people, JSON for programs.")
    ] = "text",
) -> None:
    """Run finished stages again in a separate folder and compare; find what was edited by hand.

    Says of each stage whether it is `identical`, `within tolerance`, `different` or `missing`, how large the
    difference is, and whether versions, device or code have changed since. Takes as long as the stages took;
    writes nothing into runs/. Exit code 0: every stage is identical or within tolerance, and nothing was
    edited. 1: otherwise.

        banc verify

        banc verify --sample 2 --format json

        banc verify densenet/ban-1 --seed 0

        banc verify score-densenet-bc-16-8-labels-s0-dd25e85dbde6
    """
    from rich.console import Console

    from banc.cli.fitted import say
    from banc.cli.show_verdicts import lines, record, summary
    from banc.cli.terminal import wants_color
    from banc.paths import workspace
    from banc.verify.verify import verify as verdicts_of

    color, verdicts = wants_color(sys.stdout), []
    # Progress goes to standard error, so that programs can read the rest.
    console = Console(stderr=True)
    with closing(verdicts_of(workspace(), stages or [], sample, console, seed=seed, kind=kind)) as replayed:
        for verdict in replayed:
            verdicts.append(verdict)
            if format == "text":
                say(lines(verdict, color=color))
    if format == "text":
        say(summary(verdicts))
    else:
        print(record(verdicts))
    if not all(verdict.good for verdict in verdicts):
        raise typer.Exit(1)
