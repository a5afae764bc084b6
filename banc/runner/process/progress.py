"""How far a long stage is, for whoever watches: a live line on a terminal, few plain lines elsewhere.

In: what the loops report. Out: text on a console, and heartbeats for other processes. No number depends on
it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import evolve
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from banc.printable import lasted
from banc.runner.process.heartbeat import HeartbeatFile
from banc.runner.process.meter import Meter
from banc.stage.heartbeat import Heartbeat

REDRAW = 0.2
"""Seconds between two pictures of the live line."""

POINTS = 60
"""Epochs whose loss and error stand in a heartbeat, at most: of a longer training evenly chosen ones."""

QUIET = 30.0
"""Least seconds between two plain lines, so that a log of a long training stays short."""


class Progress:
    """One task: ``total`` images to get through, in named parts.

    The live line is drawn by who reports, not by a thread, which would take time from the training.
    """

    def __init__(
        self,
        console: Console,
        clock: Callable[[], float] = time.monotonic,
        heartbeat: HeartbeatFile | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.where = ""
        """The part at work, such as ``epoch 3 of 40``."""
        self._heartbeat = heartbeat
        self._device = ""
        self._epoch: tuple[int, int] | None = None
        self._curve: list[tuple[float, float]] = []
        self.images = self.tested = 0
        """Images that went through in this process, and test images."""
        self.spent = self.test_spent = 0.0
        """Seconds that they took."""
        self.resumed = False
        """Whether it goes on from what another process began."""
        self.meter = meter or Meter()
        self._console = console
        self._clock = clock
        self._live: Live | None = None
        self._total = self._begun = self._seen = 0
        self._start = self._drawn = self._told = 0.0
        self._tenth = 1
        self._figures = ""

    @contextmanager
    def watch(self, total: int, done: str, begun: int = 0, device: str = "") -> Iterator[None]:
        """Shows progress until the end, where one line says that ``done`` is, and how fast.

        Args:
            begun: images of the total that were through before.
            device: where they go through.
        """
        self._device = device
        self.resumed = begun > 0
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
            if self._heartbeat:
                self._heartbeat.write(self._beat(self._heartbeat.first))
        spent = self._clock() - self._start
        self.images, self.spent = self._seen - self._begun, spent
        self.log(f"{done} in {lasted(spent)}, {self._speed()}{self._figures}")
        self.where = ""

    @contextmanager
    def testing(self, images: int) -> Iterator[None]:
        """Counts the time of so many test images."""
        start = self._clock()
        yield
        self.tested, self.test_spent = images, self._clock() - start

    def start_phase(self, unit: str, number: int, of: int) -> None:
        """Says what is at work from now on: ``epoch`` 3 of 40, or ``image`` 1,000 of 50,000."""
        self.where = part = f"{unit} {number:,} of {of:,}"
        self._epoch = (number, of) if unit == "epoch" else None
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
        self.meter.look()
        if self._heartbeat and self._heartbeat.due():
            self._heartbeat.write(self._beat(self._heartbeat.first))

    def set_metrics(self, loss: float, error: float) -> None:
        """Says how the part that ends went, on what it trained on: mean loss, and error in percent."""
        self._curve.append((loss, error))
        self._figures = f", training loss {loss:.4f}, training error {error:.2f} %"

    def log(self, line: str) -> None:
        """Prints one line."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _beat(self, first: Heartbeat) -> Heartbeat:
        """How far it is, of which nothing asks the device."""
        epoch, epochs = self._epoch or (None, None)
        curve = _thinned(self._curve)
        loss, error = self._curve[-1] if self._curve else (None, None)
        spent, through = self._clock() - self._start, self._seen - self._begun
        return evolve(
            first,
            phase=self.where,
            epoch=epoch,
            epochs=epochs,
            done=self._seen,
            total=self._total,
            images_per_second=through / spent if spent and through else None,
            loss=loss,
            error=error,
            device=self._device,
            losses=tuple(loss for loss, _ in curve),
            errors=tuple(error for _, error in curve),
        )

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
        return lasted(spent * (self._total - self._seen) / through) if through else "?"


def _thinned(curve: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most ``POINTS`` of the curve, the first and the last among them."""
    last = len(curve) - 1
    if last < POINTS:
        return curve
    return [curve[round(n * last / (POINTS - 1))] for n in range(POINTS)]
