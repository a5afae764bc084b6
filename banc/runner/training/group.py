"""One training over several processes, a device each: every process sees its part of every step.

In: what ``launch`` or ``torchrun`` says in the environment. Out: a ``Group``, which is what a training
knows of the others. How many there are is no part of a stage's identity: the step, its gradient, batch
normalisation and dropout stay those of the recipe's whole batch, and only the order of sums differs, as
between two devices.
"""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, distributed, nn

from banc.errors import BancError, UsageError
from banc.runner.process.guard import StopRequest, defer_signals
from banc.runner.process.launch import MEETING, rank, size
from banc.runner.training.device import find_device

_Result = TypeVar("_Result")


class BatchSlice(NamedTuple):
    """Images that go through the network at once: places among them, from ``begin`` to ``end``, are here."""

    begin: int
    end: int
    size: int
    """Images in all."""
    before: int = 0
    """Images of the same step that went through before them."""


class Group:
    """The processes of one training. A group of one is ordinary single-process training."""

    def __init__(self, rank: int = 0, size: int = 1, stop: StopRequest | None = None) -> None:
        self.rank, self.size = rank, size
        """Which process this is, from 0, and how many there are."""
        self.stop = StopRequest() if stop is None else stop
        """Whether this process was asked to end since it joined."""
        self.part = BatchSlice(0, 0, 0)
        """What goes through the network now."""
        self._model: nn.parallel.DistributedDataParallel | None = None

    @property
    def first(self) -> bool:
        """Whether this is the process that speaks and writes."""
        return self.rank == 0

    def slice_of(self, size: int, before: int = 0) -> BatchSlice:
        """What of ``size`` images is this process's: as many as every other's, or one more or less."""
        return BatchSlice(size * self.rank // self.size, size * (self.rank + 1) // self.size, size, before)

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network as a step calls it: its gradients are then the mean over the processes."""
        if self.size == 1:
            return network
        device = next(network.parameters()).device
        with warnings.catch_warnings():
            # Torch's next name for it is not known to its releases before 2.15.
            warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)
            self._model = nn.parallel.DistributedDataParallel(
                network,
                device_ids=[device] if device.type == "cuda" else None,
                # They are the same everywhere, since batch normalisation sees the whole batch.
                broadcast_buffers=False,
                # Besides its purpose: gradients are then added in one order from the first step on, and not
                # in another from the second on, so that a resumed run ends in the same bytes.
                find_unused_parameters=True,
            )
        return self._model

    @contextmanager
    def using(self, part: BatchSlice, *, last: bool) -> Iterator[None]:
        """Forward and backward of a part; with a step's ``last`` one the processes exchange gradients."""
        self.part = part
        with nullcontext() if last or self._model is None else self._model.no_sync():
            yield

    def unwrap(self) -> None:
        """Lets go of what ``wrap`` made."""
        self._model = None

    def sum(self, tensor: Tensor) -> Tensor:
        """Over the processes. The host does not wait for it."""
        if self.size == 1:
            return tensor
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    def all_reduce_max(self, *numbers: int) -> tuple[int, ...]:
        """The largest of each number over the processes: what one has seen, all act on at the same step.

        The hosts wait for each other, not for their devices.
        """
        if self.size == 1:
            return numbers
        agreed = torch.tensor(numbers)
        distributed.all_reduce(agreed, distributed.ReduceOp.MAX)
        return tuple(agreed.tolist())

    def first_alone(self, work: Callable[[], _Result]) -> _Result | None:
        """What ``work`` returns in the first process; None in the others, where it is not called.

        Raises:
            BancError: ``work`` raised it. Then all have it, at the same step.
        """
        if self.size == 1:
            return work()
        done: _Result | None = None
        error: BancError | None = None
        if self.first:
            try:
                done = work()
            except BancError as caught:
                error = caught
        (failed,) = self.all_reduce_max(error is not None)
        if failed:
            raise error or BancError("the first process of this training has ended")
        return done

    def broadcast(self, content: bytes) -> bytes:
        """The first process's ``content``."""
        if self.size == 1:
            return content
        length = torch.tensor(len(content))
        distributed.broadcast(length, 0)
        # Others have a state of another length: facts are written as text.
        data = torch.frombuffer(bytearray(content if self.first else int(length)), dtype=torch.uint8)
        distributed.broadcast(data, 0)
        return data.numpy().tobytes()


@contextmanager
def process_group(stop: StopRequest) -> Iterator[Group]:
    """The group of this process and those that were started beside it. Signals wait until all have left.

    Args:
        stop: notes those that came before.

    Raises:
        UsageError: BANC_DEVICE names no device of this machine, or there are fewer GPUs than processes, or
            the environment speaks of several processes and nobody has started them.
    """
    meeting = os.environ.get(MEETING)
    if meeting is None and "MASTER_ADDR" not in os.environ:
        raise UsageError(
            f"WORLD_SIZE is `{size()}`, but there is no MASTER_ADDR to find the other processes by",
            hint="unset WORLD_SIZE; BANC_PROCESSES or torchrun start several processes",
        )
    device = find_device()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    # Decisions are made by hosts, sums by devices.
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    store = None if meeting is None else distributed.FileStore(meeting, size())  # type: ignore[attr-defined]
    with defer_signals(stop):
        distributed.init_process_group(backend, store=store, rank=rank(), world_size=size())
        group = Group(rank(), size(), stop)
        try:
            yield group
            _meet(group)
        except BancError as error:
            # All have it at the same step: a wish to stop, a loss that is not finite, a damaged input.
            _meet(group)
            # What the frames hold would keep connections open, and their threads alive, until Python ends.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            group.unwrap()
            distributed.destroy_process_group()


def _meet(group: Group) -> None:
    """Returns when all are through with what they did together: who leaves earlier cuts the others off."""
    with suppress(RuntimeError):
        group.all_reduce_max(0)
