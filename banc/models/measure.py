"""What a network costs, counted without a number: on meta tensors.

In: a network under construction on the meta device, and the shape of its images. Out: parameters,
multiply-adds, activation memory, shapes. Nothing is allocated and nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from banc.config.image import ImageShape
from banc.models.build import count_parameters


@frozen
class Output:
    """What one part of a network gives for an image."""

    module: str
    """Its name in the network: `stem`, `blocks.3`, `classifier`."""
    shape: tuple[int, ...]
    """Of a feature map (C, H, W)."""


@frozen
class NetworkCost:
    """The costs of one network for one image."""

    parameters: int
    """Numbers that training could change."""
    multiply_adds: int
    """Of convolutions, matrix products and attention in one forward pass."""
    activation_bytes: int
    """What a training step in float32 keeps of the image from its forward to its backward pass."""
    outputs: tuple[Output, ...]
    """Of each part of the network, in the order of its forward pass."""


def measure(network: nn.Module, image: ImageShape) -> NetworkCost:
    """Counts in training mode, as the difference of two forward passes: what a third image adds to two.

    So what does not grow with the images (weights, statistics) is not counted, whatever keeps it.

    Args:
        network: on the meta device; images (B, C, H, W) to logits (B, classes).
    """
    assert all(tensor.is_meta for tensor in network.state_dict().values()), "no weights are allocated"
    network.train()
    outputs: list[Output] = []
    with _Counting() as two:
        kept_of_two = _forward(network, image, 2, outputs)
    with _Counting() as three:
        kept_of_three = _forward(network, image, 3, [])
    return NetworkCost(
        parameters=count_parameters(network),
        # torch counts a multiply-add as two operations.
        multiply_adds=(three.operations - two.operations) // 2,
        activation_bytes=kept_of_three - kept_of_two,
        outputs=tuple(outputs),
    )


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sums the operations of what runs inside, by torch's own formulas."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Nothing is compiled here; torch would import its compiler to say so."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # Two of which the shapes are plain, and which torch takes apart first: in milliseconds a call.
        if func is torch.ops.aten.native_batch_norm.default:
            x, channels = args[0], args[0].shape[1]
            return x.new_empty(x.shape), x.new_empty(channels), x.new_empty(channels)
        if func is torch.ops.aten.cat.default and args[1:] == (1,):
            first, *others = args[0]
            more = sum(other.shape[1] for other in others)
            return first.new_empty((first.shape[0], first.shape[1] + more, *first.shape[2:]))
        result = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func.overloadpacket):
            self.operations += formula(*args, **(kwargs or {}), out_val=result)
        return result


def _forward(network: nn.Module, image: ImageShape, images: int, outputs: list[Output]) -> int:
    """Fills ``outputs``; returns the bytes that autograd keeps, weights included, each tensor once."""
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: Tensor) -> Tensor:
        # By storage: an activation in place, and views of a tensor, take no memory of their own.
        storage = tensor.untyped_storage()
        kept[id(storage)] = storage
        return tensor

    def note(name: str, result: object) -> None:
        if isinstance(result, Tensor):
            outputs.append(Output(name, tuple(result.shape[1:])))

    hooks = [
        part.register_forward_hook(lambda *call, name=name: note(name, call[2]))
        for name, part in _parts(network)
    ]
    try:
        # What `torch.autograd.graph.saved_tensors_hooks` does, without importing torch's compiler: seconds.
        torch._C._autograd._push_saved_tensors_default_hooks(keep, lambda tensor: tensor)
        try:
            network(torch.empty(images, image.channels, image.height, image.width, device="meta"))
        finally:
            torch._C._autograd._pop_saved_tensors_default_hooks()
    finally:
        for hook in hooks:
            hook.remove()
    return sum(storage.nbytes() for storage in kept.values())


def _parts(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The network's direct children; a ``Sequential`` is replaced by its children."""
    for name, part in network.named_children():
        if isinstance(part, nn.Sequential):
            yield from ((f"{name}.{inner}", module) for inner, module in part.named_children())
        else:
            yield name, part
