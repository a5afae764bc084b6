"""How much of an epoch is the network's own forward and backward, by torch's profiler over banc's own loop.

A forward is what a network's call takes, told by a hook; a backward begins when the gradient of its output
is there and ends with autograd's last operation of that step. An epoch is the time between the first
student forwards of two neighbouring epochs. So it holds everything that is done once an epoch or a step;
reading, building, the test set, the last checkpoint and publishing, which are done once a stage, are not
in it. The first epoch warms up, and the last is not bounded; those between are taken.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from attrs import evolve
from job import BATCH, IMAGES, MODELS, RECIPE, student
from rich.console import Console
from torch import Tensor, nn
from torch.autograd.profiler import record_function
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from banc.runner.execute import execute
from banc.stage.address import address

EPOCHS = 4
STEPS = IMAGES // BATCH
STUDENT, TEACHER, BACKWARD = "forward of a student", "forward of a teacher", "backward begins"
Interval = tuple[float, float]


def prepare(root: str, model: str, teacher: str) -> Callable[[], dict[str, Any]]:
    stage = student(Path(root), MODELS[model], teacher, evolve(RECIPE, epochs=EPOCHS))

    def profiled() -> dict[str, Any]:
        with Marks(), torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            execute(Path(root), stage, address(stage), Console(file=io.StringIO()))
        return account(profile.events())

    return profiled


class Marks:
    """Hooks that leave their mark in the profile, on whatever network is called as a whole."""

    def __enter__(self) -> None:
        self._inside: list[nn.Module] = []
        self._record: record_function | None = None
        self._hooks = (
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after),
        )

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _before(self, network: nn.Module, _: object) -> None:
        if not self._inside:
            self._record = record_function(STUDENT if network.training else TEACHER)
            self._record.__enter__()
        self._inside.append(network)

    def _after(self, network: nn.Module, _: object, output: Tensor) -> None:
        self._inside.pop()
        if not self._inside:
            assert self._record is not None
            self._record.__exit__(None, None, None)
            if output.requires_grad:
                output.register_hook(_mark)


def _mark(_: Tensor) -> None:
    with record_function(BACKWARD):
        pass


def account(events: Any) -> dict[str, Any]:
    """Seconds of an epoch, inside and outside of the networks, and what was outside."""
    spans = [(each.time_range.start, each.time_range.end, each.name) for each in events]
    spans.sort(key=lambda span: (span[0], -span[1]))
    forward, teacher = ([span[:2] for span in spans if span[2] == name] for name in (STUDENT, TEACHER))
    students = [begin for begin, _ in forward]
    assert len(students) == EPOCHS * STEPS, len(students)
    begin, end = students[STEPS], students[(EPOCHS - 1) * STEPS]

    backward = []
    engine = [span for span in spans if span[2].startswith("autograd::engine")]
    starts, done = [span[0] for span in engine], sorted(span[1] for span in engine)
    for mark in (span[0] for span in spans if span[2] == BACKWARD):
        # The hook is called inside of the first operation.
        start = starts[bisect_right(starts, mark) - 1]
        later = [each for each in students if each > start]
        until = later[0] if later else done[-1]
        backward.append((start, done[bisect_right(done, until) - 1]))

    inside = sorted(
        (max(begin, a), min(end, b)) for a, b in (*forward, *teacher, *backward) if a < end and b > begin
    )
    network, whole = sum(b - a for a, b in inside), end - begin
    outside = operations(spans, inside, (begin, end))
    outside["Python"] = whole - network - sum(outside.values())
    epochs = (EPOCHS - 2) * 1e6
    return {
        "epoch": whole / epochs,
        "forward": _within(forward, begin, end) / epochs,
        "teacher": _within(teacher, begin, end) / epochs,
        "backward": _within(backward, begin, end) / epochs,
        "share": network / whole,
        "rest": {name: spent / epochs for name, spent in outside.most_common()},
    }


def operations(
    spans: list[tuple[float, float, str]], inside: list[Interval], window: Interval
) -> Counter[str]:
    """Microseconds of the outermost operations that are in no network."""
    found: Counter[str] = Counter()
    begins, reached = [each[0] for each in inside], window[0]
    for start, end, name in spans:
        if start < reached or end > window[1] or name == BACKWARD:
            continue
        place = bisect_right(begins, start) - 1
        if place >= 0 and start < inside[place][1]:
            continue
        found[name.removeprefix("autograd::engine::evaluate_function: ")] += end - start
        reached = end
    return found


def _within(intervals: list[Interval], begin: float, end: float) -> float:
    return sum(b - a for a, b in intervals if begin <= a < end)
