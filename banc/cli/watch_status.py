"""A status that goes on: redrawn on a terminal, elsewhere a line for each change.

In: a function that reads the status, and a stream. Out: text, until everything is finished or Ctrl-C.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from banc.cli.fitted import fitted
from banc.cli.graphics import shows_blocks
from banc.cli.show_status import describe, lines
from banc.cli.terminal import wants_color
from banc.printable import one_line
from banc.stage.called import spoken
from banc.stage.kinds import Address
from banc.status.stage_state import Done
from banc.status.status import Status

if TYPE_CHECKING:
    from rich.text import Text

REDRAW = 1.0
"""Seconds between two pictures on a terminal, at least."""

PLAIN = 10.0
"""Seconds between two looks where lines are printed, at least."""

MAX_TIME_FRACTION = 0.2
"""Upper bound on the fraction of time that goes into looking: large workspaces are looked at more rarely."""

CHANGES = 20
"""Lines that one look prints, at most."""


def watch(look: Callable[[], Status], stream: TextIO) -> None:
    """Shows what ``look`` returns, again and again."""
    try:
        if stream.isatty():
            _redraw(look, stream)
        else:
            _print(look, stream)
    except KeyboardInterrupt:
        return  # the way to end it


def _redraw(look: Callable[[], Status], stream: TextIO) -> None:
    from rich.console import Console
    from rich.live import Live

    def picture(status: Status) -> Text:
        content = lines(status, blocks=shows_blocks(stream), color=wants_color(stream))
        return picture_of(content, console.width)

    console = Console(file=stream, highlight=False)
    with Live(console=console, auto_refresh=False) as live:
        for status in _looks(look, REDRAW):
            live.update(picture(status), refresh=True)


def picture_of(lines: Iterable[str], across: int) -> Text:
    """Lines with colours, for a screen ``across`` columns wide."""
    from rich.text import Text

    return Text.from_ansi("\n".join(part for line in lines for part in fitted(line, across)), overflow="fold")


def _print(look: Callable[[], Status], stream: TextIO) -> None:
    before: dict[Address, str] | None = None
    for status in _looks(look, PLAIN):
        now = {stage.address: describe(stage, status.now) for stage in status.stages}
        if before is None:
            print("\n".join(lines(status, blocks=shows_blocks(stream), color=False)), file=stream, flush=True)
        else:
            clock = time.strftime("%H:%M:%S", time.localtime(status.now))
            changed = [
                f"{clock}  {one_line(spoken(stage.names)) or stage.address}: {now[stage.address]}"
                for stage in status.stages
                if now[stage.address] != before.get(stage.address)
            ]
            for line in changed[:CHANGES]:
                print(line, file=stream, flush=True)
            if changed[CHANGES:]:
                print(f"{clock}  and {len(changed) - CHANGES} more changes", file=stream, flush=True)
        before = now


def _looks(look: Callable[[], Status], pause: float) -> Iterator[Status]:
    """Statuses, until one in which everything is done."""
    while True:
        begin = time.monotonic()
        status = look()
        took = time.monotonic() - begin
        yield status
        if len(status.of(Done)) == len(status.stages):
            return
        time.sleep(max(pause, took / MAX_TIME_FRACTION) - took)
