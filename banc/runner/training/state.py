"""All that a training is between two steps: what a checkpoint holds, and what it is made of again.

In: a network, its optimizer, and counters. Out: bytes in the safetensors format, and back. Nothing random
is in it, since every draw is a function of (seed, epoch, step); nor anything that a stage can read again.

A network's state is what ``state_dict`` holds. A person's own network that counts steps in a Python
attribute would lose that count; a buffer keeps it.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from banc.runner.training.optimizer import Optimizer

FACTS = "facts"


class Line(NamedTuple):
    """Of a finished epoch, as ``history.csv`` has it."""

    epoch: int
    """From 1."""
    rate: float
    """The learning rate of its first step."""
    loss: float
    """The mean over its images."""
    error: float
    """In percent, likewise."""
    held_out: float | None
    """The error in percent on images that are not trained on, where it was measured after this epoch."""


class State:
    """Where a training stands."""

    def __init__(self, network: nn.Module, optimizer: Optimizer, made_with: dict[str, str]) -> None:
        """The beginning. ``network`` and ``optimizer`` are the training's own, not copies."""
        self.epoch = 0
        """Finished epochs."""
        self.step = 0
        """Finished steps of the epoch at work."""
        self.history: list[Line] = []
        """A line for each finished epoch."""
        self.sums = torch.zeros(2, device=next(network.parameters()).device)
        """Loss and errors over the images of the epoch at work: one tensor for the whole training."""
        self.made_with = [made_with]
        """Where it has been trained, the latest last: one, as long as it goes on where it began."""
        self._network, self._optimizer = network, optimizer

    def end_epoch(self, line: Line) -> None:
        """Ends an epoch."""
        self.history.append(line)
        self.epoch, self.step = self.epoch + 1, 0
        self.sums.zero_()

    def pack(self) -> bytes:
        """Everything, as bytes. On a GPU the host waits for the steps that are under way."""
        facts = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "made_with": self.made_with,
        }
        text = torch.frombuffer(bytearray(json.dumps(facts).encode()), dtype=torch.uint8)
        tensors = {
            name: tensor.cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in self._tensors().items()
        }
        packed: bytes = safetensors.torch.save({**tensors, FACTS: text})
        return packed

    def unpack(self, content: bytes) -> bool:
        """Goes back to what ``pack`` wrote, in this process or another.

        Returns:
            False where it is the state of another network or of another version; nothing is changed then.
        """
        try:
            saved = safetensors.torch.load(content)
            facts = json.loads(saved.pop(FACTS).numpy().tobytes())
            epoch, step = int(facts["epoch"]), int(facts["step"])
            history = [_line(*line) for line in facts["history"]]
            made_with = [dict(environment) for environment in facts["made_with"]]
        except (SafetensorError, ValueError, KeyError, TypeError):
            return False
        tensors = self._tensors()
        if _kinds(saved) != _kinds(tensors):
            return False
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(saved[name])
        self.epoch, self.step, self.history = epoch, step, history
        now = self.made_with[-1]
        self.made_with = [*(before for before in made_with if before != now), now]
        return True

    def _tensors(self) -> dict[str, Tensor]:
        """The tensors themselves, by name."""
        weights = {f"network.{name}": tensor for name, tensor in self._network.state_dict().items()}
        return {**weights, **self._optimizer.state, "sums": self.sums}


def _line(n: int, rate: float, loss: float, error: float, test: float | None = None) -> Line:
    """A line of a checkpoint; an older one has no test error."""
    return Line(int(n), float(rate), float(loss), float(error), None if test is None else float(test))


def _kinds(tensors: dict[str, Tensor]) -> dict[str, tuple[torch.dtype, torch.Size]]:
    return {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}
