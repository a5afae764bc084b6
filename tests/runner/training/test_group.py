from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attrs
import pytest
import torch

from banc.config.objective import OBJECTIVES
from banc.config.recipe import PRESETS, Recipe
from banc.errors import BancError, UsageError
from banc.runner.process.guard import StopRequest
from banc.runner.training.batches import Step, slices_of_epoch
from banc.runner.training.group import BatchSlice, Group, process_group

RECIPE = attrs.evolve(PRESETS["densenet"], batch=16)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16])
def test_every_image_is_with_one_process_and_none_has_two_more_than_another(size: int) -> None:
    parts = [Group(rank, size).slice_of(16) for rank in range(size)]
    assert [place for part in parts for place in range(part.begin, part.end)] == list(range(16))
    counts = [part.end - part.begin for part in parts]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ("recipe", "sizes"),
    [
        (RECIPE, [(16,), (16,), (8,)]),
        (attrs.evolve(RECIPE, micro_batch=6), [(6, 6, 4), (6, 6, 4), (6, 2)]),
        (attrs.evolve(RECIPE, micro_batch=64), [(16,), (16,), (8,)]),
    ],
)
@pytest.mark.parametrize("size", [1, 2])
def test_a_step_and_its_parts_are_the_recipe_s_however_many_share_them(
    recipe: Recipe, sizes: list[tuple[int, ...]], size: int
) -> None:
    for rank in range(size):
        found = slices_of_epoch(40, recipe, Group(rank, size))
        assert [tuple(part.size for part in step) for step in found] == sizes


def test_processes_that_would_have_no_image_are_refused() -> None:
    assert slices_of_epoch(34, RECIPE, Group(0, 2))
    with pytest.raises(BancError, match=r"3 processes cannot share the `2` images") as caught:
        slices_of_epoch(34, RECIPE, Group(0, 3))
    assert caught.value.hint == "train with at most 2 of them"


def test_processes_that_nobody_started_are_a_wrong_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(UsageError, match="WORLD_SIZE is `2`"), process_group(StopRequest()):
        pass


def test_alone_a_group_changes_nothing() -> None:
    group, network, numbers = Group(), torch.nn.Linear(2, 2), torch.ones(2)
    assert group.first
    assert group.wrap(network) is network
    assert group.sum(numbers) is numbers
    assert group.all_reduce_max(15, True) == (15, True)
    assert group.broadcast(b"state") == b"state"


@pytest.mark.parametrize("name", ["ban-l", "cwtm"])
def test_what_parts_count_adds_up_to_one(name: str) -> None:
    teachers = torch.log_softmax(torch.randn(16, 10), 1)
    labels = torch.zeros(16, dtype=torch.int64)
    (whole,) = slices_of_epoch(16, RECIPE, Group())
    pieces = slices_of_epoch(16, attrs.evolve(RECIPE, micro_batch=5), Group())[0]
    for parts in (whole, pieces):
        step = Step(torch.zeros(16, 1, 2, 2), labels, teachers, parts)
        found = list(step.micro_batches(OBJECTIVES[name], Group()))
        assert [len(part.labels) for part, _ in found] == [part.size for part in parts]
        assert float(sum(counts for _, counts in found)) == pytest.approx(1, abs=1e-6)


def test_a_group_is_at_the_part_that_is_used() -> None:
    group = Group()
    parts = slices_of_epoch(16, attrs.evolve(RECIPE, micro_batch=10), group)[0]
    step = Step(torch.zeros(16, 1, 2, 2), torch.zeros(16, dtype=torch.int64), None, parts)
    seen = [group.part for _ in step.micro_batches(OBJECTIVES["labels"], group)]
    assert seen == [BatchSlice(0, 10, 10), BatchSlice(0, 6, 6, before=10)]


BROADCAST = """
import os, sys
from torch import distributed
from banc.runner.training.group import Group
rank = 0 if os.fork() else 1
store = distributed.FileStore(sys.argv[1], 2)
distributed.init_process_group("gloo", store=store, rank=rank, world_size=2)
content = b"of the first" if not rank else b"longer, of the second process"
assert Group(rank, 2).broadcast(content) == b"of the first"
assert Group(rank, 2).broadcast(b"short" * rank + b"first") == b"first"
distributed.barrier()
distributed.destroy_process_group()
if not rank:
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_contents_of_another_length_become_the_first_process_s(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BROADCAST, str(tmp_path / "meeting")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
