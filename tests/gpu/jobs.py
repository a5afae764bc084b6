"""What `make gpu` measures: epochs of banc's own loop, networks alone, the filling of a store, and others.

Each is a function that does its work once and returns images per second. In: a workspace of its own, a
network, and in which way. Data sets and links are those of ``tests/benchmarks/jobs``.
"""

from __future__ import annotations

import os
import pickle
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal

import job
import torch
from attrs import evolve, frozen
from mps import service
from rich.console import Console
from torch.nn.functional import cross_entropy

from banc.config.model import Model
from banc.config.recipe import Recipe
from banc.models.build import build
from banc.models.measure import measure
from banc.runner.files.network_file import Description, save_network
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.inputs import Inputs
from banc.runner.process.progress import Progress
from banc.runner.training.cuda_graph import VARIABLE, CudaGraphs, Recorded
from banc.runner.training.device import autocast, find_device, prepare
from banc.runner.training.filling import largest_batch
from banc.runner.training.group import Group
from banc.runner.training.image_set import load_images
from banc.runner.training.infer import BATCH, infer
from banc.runner.training.predict import predict
from banc.runner.training.sgd import Sgd
from banc.runner.training.train import train
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Predict

Teacher = Literal["none", "stored", "live"]

MANY = 100_000
"""Epochs that nobody sees the end of."""


class NotHere(Exception):
    """What is needed is not on this machine; the message says what."""


@frozen
class Way:
    """One way to train a network."""

    model: Model
    teacher: Teacher = "none"
    precision: Literal["float32", "bfloat16"] = "float32"
    deterministic: bool = True
    tf32: bool = False
    """Convolutions and products of a float32 network in TF32; no recipe says so, it is here to compare."""
    recorded: bool = True
    """Steps as CUDA graphs, or kernel by kernel."""
    processes: int = 1
    """Trainings side by side."""
    mps: bool = False
    """By NVIDIA's multi-process service."""


@frozen
class Size:
    """How much is done."""

    batch: int
    steps: int
    """Of an epoch."""
    epochs: int
    """That are timed, after one that is not."""
    filled: int
    """Images of which a store is filled, each in every view."""
    seconds: float
    """For which trainings side by side are watched."""

    @property
    def images(self) -> int:
        return self.batch * self.steps

    def recipe(self, way: Way) -> Recipe:
        return evolve(
            job.RECIPE,
            batch=self.batch,
            epochs=1 + self.epochs,
            precision=way.precision,
            deterministic=way.deterministic,
        )


class Stopwatch(Progress):
    """Notes the seconds of each epoch, from its first line to the moment at which its loss is known.

    That is where the host waits for the device, so nothing of an epoch is left out.
    """

    def __init__(self, *, tf32: bool = False) -> None:
        super().__init__(Console(quiet=True))
        self.seconds: list[float] = []
        self.ends: list[tuple[float, int]] = []
        self._tf32, self._since = tf32, 0.0

    def start_phase(self, unit: str, number: int, of: int) -> None:
        if self._tf32:  # after the stage has set torch up
            allow_tf32()
        self._since = time.perf_counter()
        super().start_phase(unit, number, of)

    def set_metrics(self, loss: float, error: float) -> None:
        self.seconds.append(time.perf_counter() - self._since)
        super().set_metrics(loss, error)

    def advance(self, images: int) -> None:
        self.ends.append((time.perf_counter(), images))
        super().advance(images)


def loop(root: Path, way: Way, size: Size, watch: Stopwatch | None = None) -> list[float]:
    """Epochs of banc's own loop: images per second of each."""
    os.environ[VARIABLE] = "1" if way.recorded else "0"
    # With so many test images none are looked at before the end.
    stage = job.student(root, way.model, way.teacher, size.recipe(way), size.images, size.images)
    watch = watch or Stopwatch(tf32=way.tf32)
    folder = root / "written"
    folder.mkdir()
    train(root, stage, folder, watch, Checkpoints(root, address(stage), Inputs(root), watch.log), Group())
    return [size.images / seconds for seconds in watch.seconds[1:]]


def alone(root: Path, way: Way, size: Size) -> list[float]:
    """Forward, backward and step of the network on one batch that lies there: what no loop is faster than."""
    device = prepare(deterministic=way.deterministic)
    if way.tf32:
        allow_tf32()
    network = build(way.model, job.SHAPE, root).train().to(device).to(memory_format=torch.channels_last)
    optimizer = Sgd(network.parameters(), size.recipe(way))
    images, labels = job.draw(size.batch, job.SHAPE)
    batch = torch.tensor(images, device=device).float().div(255).contiguous(memory_format=torch.channels_last)
    wanted = torch.tensor(labels, device=device)
    rate = torch.full((), 1e-3, device=device)

    def step() -> None:
        optimizer.zero_grad()
        with autocast(device, way.precision):
            logits = network(batch)
        torch.autograd.backward(cross_entropy(logits.float(), wanted))
        optimizer.step(rate)

    take = Recorded(step, CudaGraphs(print)) if device.type == "cuda" and way.recorded else step

    def steps() -> None:
        for _ in range(size.steps):
            take()
        wait(device)

    return [size.images / seconds for seconds in timed(steps, size.epochs)]


def filling(root: Path, way: Way, size: Size) -> list[float]:
    """A ``predict`` stage: outputs per second of each third of its whole batches after the first one.

    The first batch and a smaller last one make libraries choose kernels for their sizes, once a store. A real
    store is a hundred times as long.
    """
    recipe, stage, _ = taught(root, way, size)
    watch, folder = Stopwatch(), root / "written"
    folder.mkdir()
    store = Predict(recipe.augment, stage.data, address(stage))
    predict(root, store, folder, watch, Checkpoints(root, address(store), Inputs(root), watch.log))
    return speeds(watch.ends)


def speeds(ends: list[tuple[float, int]], parts: int = 3) -> list[float]:
    """Images per second of each part of what came after the first batch, whole batches alone.

    Args:
        ends: when each batch was done, in seconds, and its images.
    """
    whole = [moment for moment, images in ends if images == ends[0][1]]
    marks = sorted({round(part * (len(whole) - 1) / parts) for part in range(parts + 1)})
    if len(marks) < 2:
        raise RuntimeError("a store of fewer than two whole batches says nothing of speed")
    return [(end - begin) * ends[0][1] / (whole[end] - whole[begin]) for begin, end in pairwise(marks)]


def inference(root: Path, way: Way, size: Size) -> list[float]:
    """The same network on as many images that lie there, in batches as large: no filling is faster."""
    recipe, stage, network = taught(root, way, size)
    device = prepare(deterministic=way.deterministic)
    data = load_images(root, stage.data, files.DATA_ARRAYS[0], device, torch.channels_last)
    network = network.to(device).to(memory_format=torch.channels_last)
    views = recipe.augment.num_views
    images = data.images.repeat(-(-size.filled * views // len(data.images)), 1, 1, 1)[: size.filled * views]

    def ask(number: int) -> torch.Tensor:
        return infer(network, images[:number], data, way.precision, number)

    batch = largest_batch(ask, BATCH, device)

    def once() -> None:
        infer(network, images, data, way.precision, batch)
        wait(device)

    return [len(images) / seconds for seconds in timed(once, 1)]


def several(root: Path, way: Way, size: Size) -> list[float]:
    """Trainings side by side, as processes: images per second of all together, while all are at work."""
    with service() if way.mps else nullcontext({}) as found:
        return [_several(root, way, size, found)]


def _several(root: Path, way: Way, size: Size, found: dict[str, str]) -> float:
    given = root / "way"
    given.write_bytes(pickle.dumps((way, evolve(size, epochs=MANY))))
    command = [sys.executable, Path(__file__).with_name("one_of_several.py")]
    environment = {**os.environ, **found, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = []
    try:
        for number in range(way.processes):
            (root / str(number)).mkdir()
            started.append(
                subprocess.Popen(
                    [*command, root / str(number), given], env=environment, stdout=subprocess.PIPE, text=True
                )
            )
        for process in started:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError("a training beside others ended at once")
        begin = time.time()
        time.sleep(size.seconds)
        end = time.time()
    finally:
        for process in started:
            process.terminate()
        said = [process.communicate()[0] for process in started]
    ends = [float(line) for lines in said for line in lines.splitlines()]
    return size.images * sum(begin < moment <= end for moment in ends) / (end - begin)


def torchdistill(root: Path, way: Way, size: Size) -> list[float]:
    """The same student of a live teacher by torchdistill, set up as its users do."""
    if find_spec("torchdistill") is None:
        raise NotHere("torchdistill is not installed here")
    import loop_torchdistill

    device = prepare(deterministic=False)
    torch.backends.cudnn.allow_tf32 = way.tf32
    job.MODELS[way.model.slug] = way.model
    epoch = loop_torchdistill.prepare(
        way.model.slug, min(8, os.cpu_count() or 1), str(device), size.images, size.batch
    )
    return [size.images / seconds for seconds in timed(epoch, size.epochs)]


def taught(root: Path, way: Way, size: Size) -> tuple[Recipe, job.Train, torch.nn.Module]:
    """A trained stage that nobody has trained."""
    recipe = size.recipe(way)
    stage = job.student(root, way.model, "none", recipe, size.filled)
    network = build(way.model, job.SHAPE, root)
    description = Description(way.model, job.SHAPE, recipe.precision, recipe.deterministic)
    save_network(network, description, root / files.folder(stage) / files.MODEL)
    return recipe, stage, network


def operations(way: Way) -> float:
    """Floating-point operations of a training step for one image: two a multiply-add.

    A backward pass is counted as two forward passes. Normalisation, ReLU and sums are left out, as usual.
    """
    with torch.device("meta"):
        forward = 2 * measure(build(way.model, job.SHAPE), job.SHAPE).multiply_adds
    return forward * (4 if way.teacher == "live" else 3)


def timed(do: object, rounds: int) -> list[float]:
    """Seconds of each round, after one that warms up."""
    assert callable(do)
    seconds = []
    for _ in range(1 + rounds):
        begin = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - begin)
    return seconds[1:]


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def allow_tf32() -> None:
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = True


def forget() -> None:
    """What the last measurement leaves behind."""
    torch.backends.cuda.matmul.allow_tf32 = False
    if find_device().type == "cuda":
        torch.cuda.empty_cache()


def middle(values: list[float]) -> float:
    return statistics.median(values)
