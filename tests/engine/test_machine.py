from __future__ import annotations

import os

import pytest

from banc.engine.machine import Machine, machine
from banc.engine.places import Gpu
from banc.errors import UsageError

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
FOUR = {"CUDA_VISIBLE_DEVICES": "0,1,2,3"}


def of(
    environment: dict[str, str], gpus: str | None = None, per_gpu: int | None = 1, jobs: int | None = None
) -> Machine:
    return machine(environment, gpus=gpus, per_gpu=per_gpu, jobs=jobs)


def test_each_gpu_has_one_stage_before_one_has_two() -> None:
    assert of(FOUR) == Machine((Gpu("0"), Gpu("1"), Gpu("2"), Gpu("3")), 4, None)
    two = of(FOUR, gpus="0,2", per_gpu=2)
    assert ([gpu.name for gpu in two.gpus], two.places, two.jobs) == (["0", "2"], 4, 4)
    assert of(FOUR, gpus="2", jobs=3) == Machine((Gpu("2"),), 3, None)


def test_where_memory_decides_each_stage_has_a_core_at_least() -> None:
    found = of(FOUR, per_gpu=None)
    assert found.places == 32
    assert found.jobs == min(32, max(4, CORES or 1))


def test_what_cuda_does_not_show_is_not_given_out() -> None:
    assert of({"CUDA_VISIBLE_DEVICES": "3,-1,2"}).gpus == (Gpu("3"),)
    assert of({"CUDA_VISIBLE_DEVICES": ""}) == Machine((), CORES or 1, None)
    assert of({"CUDA_VISIBLE_DEVICES": "GPU-1a, GPU-2b"}).gpus == (Gpu("GPU-1a"), Gpu("GPU-2b"))


def test_a_training_by_several_processes_has_a_gpu_for_each() -> None:
    assert of(FOUR | {"BANC_PROCESSES": "2"}).gpus == (Gpu("0,1"), Gpu("2,3"))


def test_the_cpu_is_shared_by_cores_and_not_by_threads_a_stage() -> None:
    cpu = FOUR | {"BANC_DEVICE": "cpu"}
    assert of(cpu) == Machine((), CORES or 1, None)
    assert of(cpu | {"BANC_THREADS": "1000"}) == Machine((), 1, 1000)
    assert of(FOUR | {"BANC_DEVICE": "cuda:1"}) == Machine((), 1, None)


@pytest.mark.parametrize(
    ("environment", "gpus", "per_gpu", "told"),
    [
        (FOUR, "4", 1, "there is no GPU 4: visible are 0, 1, 2, 3"),
        ({"CUDA_VISIBLE_DEVICES": ""}, "0", 1, "no GPU is visible here"),
        (FOUR, "0,0", 1, "names a GPU twice"),
        (FOUR, "0,;", 1, "`;` names no GPU"),
        (FOUR | {"BANC_DEVICE": "cpu"}, "0", 1, "BANC_DEVICE is `cpu`"),
        (FOUR | {"BANC_PROCESSES": "2"}, None, 2, "shares none"),
        (FOUR | {"BANC_PROCESSES": "8"}, None, 1, "there are 4 GPUs"),
    ],
)
def test_what_cannot_be_is_refused(
    environment: dict[str, str], gpus: str | None, per_gpu: int, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        of(environment, gpus, per_gpu)
