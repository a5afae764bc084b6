"""The screen of ``banc repro`` on a terminal: what ``banc status --watch`` shows, and above it what failed.

In: what every stage is (``engine.watched``), and a stream. Out: a picture a second, drawn by one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, TextIO

from banc.cli.graphics import shows_blocks
from banc.cli.show_status import lines
from banc.cli.terminal import silence, wants_color
from banc.cli.watch_status import REDRAW, picture_of
from banc.status.status import Status

if TYPE_CHECKING:
    from rich.text import Text


@contextmanager
def live(look: Callable[[float], Status], stream: TextIO) -> Iterator[None]:
    """Shows what ``look`` says of each moment, until the end of the context, and then takes it away."""
    from rich.console import Console
    from rich.live import Live

    blocks, color = shows_blocks(stream), wants_color(stream)

    def picture() -> Text:
        return picture_of(lines(look(time.time()), blocks=blocks, color=color), console.width)

    def draw() -> None:
        with suppress(OSError):  # the terminal was closed; the work is not to suffer for that
            while not over.wait(REDRAW):
                screen.update(picture(), refresh=True)

    over = Flag()
    console = Console(file=stream, highlight=False)
    with Live(picture(), console=console, auto_refresh=False, transient=True) as screen:
        drawing = Thread(target=draw)
        drawing.start()
        try:
            yield
        finally:
            over.set()
            drawing.join()
            if not stream.isatty():  # any longer
                silence(stream)
