"""``banc models``: what the networks of specs cost, before anything is trained."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from banc.cli.spec_path import METAVAR, spec_path

if TYPE_CHECKING:
    from banc.cli.show_models import Costs
    from banc.language.load import Loaded


def models(
    specs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=spec_path,
            metavar=METAVAR,
            help="Specs, by file or name. Default: all in spec/.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Literal["table", "json"], typer.Option(help="A table for people, JSON for programs.")
    ] = "table",
) -> None:
    """Show each network's parameters, multiply-adds, activation memory and shapes.

    Nothing is trained and no weights are allocated: networks are built on meta tensors, which have shapes
    but no data. A published parameter count is shown beside ours; `*` marks a difference of more than 1 %.

        banc models spec/table2.toml

        banc models --format json spec/*.toml
    """
    from banc.cli.show_models import show_models
    from banc.cli.terminal import width
    from banc.language.load import load_all
    from banc.paths import find_specs, workspace

    networks = costs(load_all(specs or find_specs(workspace())))
    sys.stdout.write(show_models(networks, format, width(sys.stdout)))


def costs(specs: Sequence[Loaded]) -> list[Costs]:
    """Measures every network of every spec, a network that stands in several of them once.

    Raises:
        SpecError: networks of a person's own cannot be used.
    """
    from rich.console import Console

    from banc.cli.check_networks import costs_of_networks, network_key
    from banc.cli.check_weights import root_of
    from banc.cli.show_models import Cost, Costs
    from banc.models.build import build_meta
    from banc.models.measure import NetworkCost, Output, measure

    measured = {
        key: NetworkCost(
            **{
                **counted,
                "outputs": tuple(
                    Output(output["module"], tuple(output["shape"])) for output in counted["outputs"]
                ),
            }
        )
        for key, counted in costs_of_networks(specs).items()
    }
    of_specs = []
    # Seconds pass with a thousand layers. Nothing is shown where there is no terminal.
    with Console(stderr=True).status("") as status:
        for loaded in specs:
            spec, of_spec = loaded.spec, []
            for name, model in spec.models.items():
                status.update(f"counting {name}")
                key = network_key(model, spec.data.shape, root_of(loaded))
                if key not in measured:
                    measured[key] = measure(build_meta(model, spec.data.shape), spec.data.shape)
                published = spec.table.published.get(name, {}).get("parameters")
                of_spec.append(Cost(name, model.FAMILY, measured[key], published))
            of_specs.append(Costs(loaded.source.file, spec.title, spec.data.shape, tuple(of_spec)))
    return of_specs
