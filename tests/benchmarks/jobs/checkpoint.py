"""One write of weights and momenta, to the disk and not only to its cache."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from job import RECIPE, SHAPE

from banc.config.model import DenseNetBC, WideResNet
from banc.models.build import build
from banc.runner.process.checkpoints import Checkpoints
from banc.runner.process.inputs import Inputs
from banc.runner.training.sgd import Sgd
from banc.runner.training.state import State
from banc.stage.kinds import Address


def prepare(root: str, family: str, depth: int, width: int) -> Callable[[], int]:
    """Each time it says how many bytes one has."""
    network = build({"densenet-bc": DenseNetBC, "wide-resnet": WideResNet}[family](depth, width), SHAPE)
    state = State(network, Sgd(network.parameters(), RECIPE), {})
    kept = Checkpoints(Path(root), Address("train-a-000000000000"), Inputs(Path(root)), print)
    number, size = count(), len(state.pack())

    def save() -> int:
        kept.save(next(number), state.pack)
        return size

    return save
