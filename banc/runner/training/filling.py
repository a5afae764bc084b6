"""Outputs of a network, on their way into a file, as fast as the network answers.

In: a network on its device. Out: how many images it is asked about at once, and its answers in the host's
memory. On a CPU that is ``infer.BATCH`` images, and nothing is copied. On a GPU it is as many as a share of
its memory allows, and the host writes one answer while the GPU computes the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import torch
from torch import Tensor

LARGEST = 4096
"""Images at once on a GPU, at most: of a network for small images that keeps every GPU busy."""

SHARE = 0.25
"""Of the memory of a GPU, at most: three stores filled side by side are each what they are alone."""

T = TypeVar("T")


class Event(Protocol):
    """A moment of a GPU's work."""

    def record(self) -> None:
        """It is the moment when all is done that was begun until now."""

    def synchronize(self) -> None:
        """Waits for it."""


def largest_batch(ask: Callable[[int], object], least: int, device: torch.device) -> int:
    """How many images a network is asked about at once: ``least`` on a CPU.

    On a GPU ``LARGEST``, halved until they fit into ``SHARE`` of its memory. What else is at work there does
    not matter, as long as it leaves so much: with another number of images sums are rounded in another way.

    Args:
        ask: asks the network about so many images.
    """
    if device.type != "cuda":
        return least
    try:
        torch.cuda.set_per_process_memory_fraction(SHARE, device)
        return halved(ask, LARGEST, least, torch.cuda.empty_cache)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        torch.cuda.empty_cache()


def halved(ask: Callable[[int], object], largest: int, least: int, forget: Callable[[], None]) -> int:
    """The first of ``largest``, its half, and so on, for which there is memory; else ``least``.

    Args:
        forget: gives memory back after one did not fit.
    """
    size = largest
    while size > least:
        try:
            ask(size)
            return size
        except torch.OutOfMemoryError:
            size //= 2
        forget()
    return least


def to_host(answers: Iterable[Tensor], device: torch.device, largest: int) -> Iterator[Tensor]:
    """The answers in the host's memory, in order. Each is there until the next one is asked for.

    Args:
        answers: all of one shape but for the number of images, at most ``largest``, and of one number type.
    """
    if device.type != "cuda":
        yield from answers
        return
    yield from overlapped(answers, largest, torch.cuda.Event, pinned=True)


def overlapped(
    answers: Iterable[Tensor], largest: int, new_event: Callable[[], Event], *, pinned: bool
) -> Iterator[Tensor]:
    """Two places in the host's memory, taken in turn: one is filled while the other is read."""
    places: list[Tensor] = []

    def copies() -> Iterator[tuple[Tensor, Event]]:
        for number, answer in enumerate(answers):
            if number < 2:
                shape = largest, *answer.shape[1:]
                places.append(torch.empty(shape, dtype=answer.dtype, pin_memory=pinned))
            copy, event = places[number % 2][: len(answer)], new_event()
            copy.copy_(answer, non_blocking=True)
            event.record()
            yield copy, event

    for copy, event in one_behind(copies()):
        event.synchronize()
        yield copy


def one_behind(items: Iterable[T]) -> Iterator[T]:
    """The items, each after the next one has been made."""
    waiting: list[T] = []
    for item in items:
        yield from waiting
        waiting = [item]
    yield from waiting
