"""``banc manual``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def manual(
    topic: Annotated[
        str | None,
        typer.Argument(help="A key, a section or a page. Default: the whole language.", show_default=False),
    ] = None,
    topics: Annotated[bool, typer.Option("--topics", help="List all topics.")] = False,
) -> None:
    """Read the manual, offline: the whole spec language, one section, or one key.

    banc manual recipe.drop_at

    banc manual lineages

    banc manual densenet-bc

    banc manual how-to                       (a list of pages)

    banc manual how-to/own-network
    """
    from banc.language import manual as pages

    if topics:
        print("\n".join(pages.topics()))
        return
    text = pages.manual(topic)
    if sys.stdout.isatty():
        _page(text)
    else:
        sys.stdout.write(text)


def _page(markdown: str) -> None:
    """Set for the terminal, and a screen at a time where there is more than one."""
    from rich.console import Console
    from rich.markdown import Markdown

    from banc.cli.terminal import wants_color, width

    color = wants_color(sys.stdout)
    # What fits stays on the screen, and escape sequences are styles.
    os.environ.setdefault("LESS", "FRX")
    console = Console(width=min(width(sys.stdout), 110), no_color=not color, highlight=False)
    with console.pager(styles=color):
        console.print(Markdown(markdown))
