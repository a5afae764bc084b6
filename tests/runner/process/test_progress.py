from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from banc.runner.process.progress import QUIET, Progress


class Clock:
    """A second is what a test says it is."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def follow(console: Console, epochs: int, seconds: float) -> list[str]:
    """The lines of a training of 100 images an epoch."""
    clock = Clock()
    progress = Progress(console, clock)
    with progress.watch(100 * epochs, f"{epochs} epochs"):
        for epoch in range(epochs):
            progress.start_phase("epoch", epoch + 1, epochs)
            for _ in range(4):
                clock.now += seconds / 4
                progress.advance(25)
            progress.set_metrics(1 / (epoch + 1), 50.0)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def plain() -> Console:
    return Console(file=io.StringIO(), width=40)


def test_a_short_training_is_one_plain_line() -> None:
    assert follow(plain(), 10, 1.0) == [
        "10 epochs in 10.0 s, 100 images/s, training loss 0.1000, training error 50.00 %"
    ]


def test_a_long_training_speaks_at_each_tenth() -> None:
    lines = follow(plain(), 200, 60.0)
    assert len(lines) == 10
    assert lines[0] == (
        "epoch 21 of 200, training loss 0.0500, training error 50.00 %, 2 images/s, 3:00:00 h left"
    )
    assert lines[-1].startswith("200 epochs in 3:20:00 h")


def test_between_two_plain_lines_lies_some_time() -> None:
    lines = follow(plain(), 100, 1.0)
    assert len(lines) == (100 - 1) // QUIET + 1


def test_a_plain_line_is_not_wrapped_or_coloured() -> None:
    (line,) = follow(plain(), 1, 1.0)
    assert len(line) > 40
    assert "\x1b" not in line


def test_a_terminal_sees_a_live_line_and_then_one_that_stays() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    lines = follow(console, 4, 1.0)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "\n".join(lines))
    for part in (
        "epoch 2 of 4",
        "100 images/s",
        "2.5 s left",
        "training loss 1.0000, training error 50.00 %",
    ):
        assert part in text
    assert text.rstrip().endswith(
        "4 epochs in 4.0 s, 100 images/s, training loss 0.2500, training error 50.00 %"
    )


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    text = "\n".join(follow(console, 4, 1.0))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", text)


def test_a_failure_says_where_and_claims_no_end() -> None:
    console = plain()
    progress = Progress(console, Clock())

    def fail() -> None:
        with progress.watch(100, "1 epochs"):
            progress.start_phase("epoch", 1, 1)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert progress.where == "epoch 1 of 1"
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_what_was_through_before_is_not_this_runs_speed() -> None:
    clock, console = Clock(), plain()
    progress = Progress(console, clock)
    with progress.watch(1000, "10 epochs", begun=800):
        clock.now += 40
        progress.advance(100)
        progress.start_phase("epoch", 10, 10)
        clock.now += 40
        progress.advance(100)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "epoch 10 of 10, 2 images/s, 40.0 s left",
        "10 epochs in 1:20 min, 2 images/s",
    ]
