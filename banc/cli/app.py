"""All commands, in the order in which a person meets them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from banc import __version__
from banc.cli.cancel import cancel
from banc.cli.check import check, explain_error, schema
from banc.cli.compile import compile_
from banc.cli.diff import diff
from banc.cli.explain import explain
from banc.cli.export import export
from banc.cli.gc import gc
from banc.cli.graph import graph
from banc.cli.init import init
from banc.cli.job import job
from banc.cli.manual import manual
from banc.cli.models import models
from banc.cli.plan import plan
from banc.cli.report import report
from banc.cli.repro import repro
from banc.cli.run import run
from banc.cli.status import status
from banc.cli.submit import submit
from banc.cli.verify import verify

app = typer.Typer(
    name="banc",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Born-again networks: compile a TOML spec to a DVC graph, train exactly what is missing, "
        "print the table.\n\n"
        "    banc init my-experiment && cd my-experiment\n\n"
        "    banc compile && banc repro && banc report"
    ),
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer gives it by place
    if wanted:
        typer.echo(f"banc {__version__}")
        raise typer.Exit


@app.callback()
def banc(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before the command."""


app.command()(init)
app.command()(check)
app.command()(manual)
app.command("explain-error")(explain_error)
app.command("compile")(compile_)
app.command()(graph)
app.command()(models)
app.command()(plan)
app.command()(explain)
app.command()(diff)
app.command()(repro)
app.command()(submit)
app.command()(cancel)
app.command()(run)
app.command()(status)
app.command()(report)
app.command()(verify)
app.command()(export)
app.command()(gc)
app.command()(schema)
app.add_typer(job, name="job", hidden=True)

# Line by line even into a pipe: DVC and CI show progress as it is made. What an old locale cannot spell
# is escaped: a `±` is no reason to fail.
for _stream in (sys.stdout, sys.stderr):
    if hasattr(_stream, "reconfigure"):
        _stream.reconfigure(line_buffering=True, errors="backslashreplace")
