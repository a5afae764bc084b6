"""Filling a store: in which batches, and how its answers come to the host."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from banc.runner.training.filling import halved, largest_batch, one_behind, overlapped, to_host

CPU = torch.device("cpu")


@pytest.mark.parametrize(("fits", "size"), [(9000, 4096), (4096, 4096), (4095, 2048), (600, 512), (10, 256)])
def test_a_batch_is_halved_until_it_fits(fits: int, size: int) -> None:
    """Down to what a CPU takes, which is not tried: if it does not fit, the stage says so at work."""
    asked, given_back = [], 0

    def ask(number: int) -> None:
        asked.append(number)
        if number > fits:
            raise torch.OutOfMemoryError

    def forget() -> None:
        nonlocal given_back
        given_back += 1

    assert halved(ask, 4096, 256, forget) == size
    assert given_back == len([number for number in asked if number > fits])
    assert asked == [4096 // 2**n for n in range(len(asked))]


def test_what_is_no_lack_of_memory_is_told() -> None:
    def ask(_: int) -> None:
        raise RuntimeError("of another kind")

    with pytest.raises(RuntimeError, match="of another kind"):
        halved(ask, 4096, 256, lambda: None)


def test_a_cpu_takes_as_many_as_ever_and_is_not_asked() -> None:
    assert largest_batch(lambda _: pytest.fail("asked"), 256, CPU) == 256


def test_an_item_comes_when_the_next_one_is_made() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    seen = [(item, len(made)) for item in one_behind(make(number) for number in range(4))]
    assert seen == [(0, 2), (1, 3), (2, 4), (3, 4)]
    assert list(one_behind(iter(()))) == []


class Moment:
    """What a GPU's event is to its host, with a note of who waits for what."""

    def __init__(self, log: list[str], number: int) -> None:
        self._log, self._number = log, number

    def record(self) -> None:
        self._log.append(f"begun {self._number}")

    def synchronize(self) -> None:
        self._log.append(f"waited for {self._number}")


def test_one_answer_is_read_while_the_next_is_computed() -> None:
    """In two places, and none is written to before it was read."""
    answers = torch.arange(22.0).view(11, 2).split(4)
    log: list[str] = []
    numbers = iter(range(9))
    places, read = set(), []
    for outputs in overlapped(answers, 4, lambda: Moment(log, next(numbers)), pinned=False):
        log.append("read")
        places.add(outputs.data_ptr())
        read.append(outputs.clone())
    assert torch.equal(torch.cat(read), torch.cat(answers))
    assert len(places) == 2
    assert log == [
        *("begun 0", "begun 1", "waited for 0", "read"),
        *("begun 2", "waited for 1", "read"),
        *("waited for 2", "read"),
    ]


def test_on_a_cpu_nothing_is_copied() -> None:
    answers: list[Tensor] = [torch.ones(3), torch.zeros(2)]
    assert [outputs.data_ptr() for outputs in to_host(answers, CPU, 3)] == [
        answer.data_ptr() for answer in answers
    ]
