"""How far a long stage is, for whoever watches: a live line on a terminal, few plain lines elsewhere.

In: what the loops report. Out: text on a console. No file is written, and no number depends on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

REDRAW = 0.2
"""Seconds between two pictures of the live line."""

QUIET = 30.0
"""Least seconds between two plain lines, so that a log of a long training stays short."""


class Progress:
    """One task: ``total`` images to get through, in named parts.

    The live line is drawn by who reports, not by a thread, which would take time from the training.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.where = ""
        """The part at work, such as ``epoch 3 of 40``."""
        self._console = console
        self._clock = clock
        self._live: Live | None = None
        self._total = self._begun = self._seen = 0
        self._start = self._drawn = self._told = 0.0
        self._tenth = 1
        self._figures = ""

    @contextmanager
    def watch(self, total: int, done: str, begun: int = 0) -> Iterator[None]:
        """Shows progress until the end, where one line says that ``done`` is, and how fast.

        Args:
            begun: images of the total that were through before.
        """
        self._total, self._begun, self._seen = total, begun, begun
        self._start = self._drawn = self._told = self._clock()
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
        try:
            if self._live:
                self._live.start()
            yield
        finally:
            if self._live:
                self._live.stop()
            self._live = None
        spent = self._clock() - self._start
        self.log(f"{done} in {_duration(spent)}, {self._speed()}{self._figures}")
        self.where = ""

    def start_phase(self, part: str) -> None:
        """Says what is at work from now on."""
        self.where = part
        now, tenth = self._clock(), 10 * self._seen // self._total
        if not self._live and tenth >= self._tenth and now - self._told >= QUIET:
            self._tenth, self._told = tenth + 1, now
            self.log(f"{part}{self._figures}, {self._speed()}, {self._left()} left")

    def advance(self, images: int) -> None:
        """Says that so many more images are through."""
        self._seen += images
        now = self._clock()
        if self._live and now - self._drawn >= REDRAW:
            self._drawn = now
            self._live.update(self._picture(), refresh=True)

    def set_metrics(self, loss: float, error: float) -> None:
        """Says how the part that ends went, on what it trained on: mean loss, and error in percent."""
        self._figures = f", training loss {loss:.4f}, training error {error:.2f} %"

    def log(self, line: str) -> None:
        """Prints one line."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _picture(self) -> Table:
        row = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=self._total, completed=self._seen, width=24)
        row.add_row(self.where, bar, Text(f"{self._speed()}, {self._left()} left{self._figures}"))
        return row

    def _speed(self) -> str:
        spent = self._clock() - self._start
        return f"{(self._seen - self._begun) / spent if spent else 0:,.0f} images/s"

    def _left(self) -> str:
        spent, through = self._clock() - self._start, self._seen - self._begun
        return _duration(spent * (self._total - self._seen) / through) if through else "?"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
