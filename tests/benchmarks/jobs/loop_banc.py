"""An epoch by banc: a real stage, held at the first step of each epoch until that is asked for.

An epoch so has everything in it that is done once an epoch or a step. What is done once a stage (reading
and padding images, building networks, the test set, publishing) is left out, as it is of the other loops.
"""

from __future__ import annotations

import io
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from attrs import evolve
from job import BATCH, IMAGES, MODELS, RECIPE, student
from rich.console import Console
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from banc.config.model import Model
from banc.config.recipe import Recipe
from banc.models.densenet import DenseNet
from banc.models.wide_resnet import WideResNet
from banc.runner.execute import execute
from banc.stage.address import address

EPOCHS = 50
"""More than anybody asks for."""


def prepare(root: str, model: str, teacher: str, deterministic: bool = True) -> Callable[[], None]:
    recipe = evolve(RECIPE, deterministic=deterministic, epochs=EPOCHS)
    reached: SimpleQueue[int] = SimpleQueue()
    wanted: SimpleQueue[None] = SimpleQueue()
    steps = 0

    def hold(network: nn.Module, _: object) -> None:
        nonlocal steps
        # The student as a whole: its parts have other classes, and its teacher does not train.
        if not isinstance(network, DenseNet | WideResNet) or not network.training:
            return
        if steps % (IMAGES // BATCH) == 0:
            reached.put(steps)
            wanted.get()
        steps += 1

    register_module_forward_pre_hook(hold)
    Thread(target=run, args=(Path(root), MODELS[model], teacher, recipe), daemon=True).start()
    reached.get()

    def epoch() -> None:
        wanted.put(None)
        reached.get()

    return epoch


def run(root: Path, model: Model, teacher: str, recipe: Recipe) -> None:
    """Everything that computes, in one thread: those that OpenMP starts for a second one get in the way."""
    try:
        stage = student(root, model, teacher, recipe)
        execute(root, stage, address(stage), Console(file=io.StringIO()))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
