"""Networks without numbers, whatever their code does while it builds them.

``torch.device("meta")`` takes the numbers from every tensor, so that code which computes widths with
tensors fails. Here only what a module registers loses them: parameters and buffers, one at a time.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)


@contextmanager
def meta_parameters() -> Iterator[None]:
    """Modules that are made inside have their parameters and buffers on the meta device."""
    known: dict[int, tuple[weakref.ref[Tensor], Tensor]] = {}

    def emptied(_: nn.Module, _name: str, tensor: Tensor | None) -> Tensor | None:
        if tensor is None or tensor.is_meta:
            return None
        # What is registered under two names is one tensor here too.
        there = known.get(id(tensor))
        if there is not None and there[0]() is tensor:
            return there[1]
        empty = tensor.detach().to("meta")
        if isinstance(tensor, nn.Parameter):
            empty = nn.Parameter(empty, requires_grad=tensor.requires_grad)
        known[id(tensor)] = weakref.ref(tensor), empty
        return empty

    hooks = (
        register_module_parameter_registration_hook(emptied),  # type: ignore[arg-type]
        register_module_buffer_registration_hook(emptied),  # type: ignore[arg-type]
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
