from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from banc.runner.training.group import BatchSlice
from banc.runner.training.whole_batch import WholeDropout


def by_parts(images: Tensor, parts: tuple[BatchSlice, ...]) -> Tensor:
    """What processes with these parts of a batch make of it, put together."""
    found = []
    for part in parts:
        layer = WholeDropout(0.5)
        layer.group = SimpleNamespace(part=part)
        torch.manual_seed(3)
        found.append(layer(images[part.begin : part.end]))
    return torch.cat(found)


@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 5), (8, 6, 5, 5), (8, 1, 5, 5)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_dropout_over_two_processes_drops_what_one_drops(
    shape: tuple[int, ...], layout: torch.memory_format
) -> None:
    images = torch.rand(shape) + 1
    if len(shape) == 4:
        images = images.contiguous(memory_format=layout)
    torch.manual_seed(3)
    expected = nn.Dropout(0.5)(images)
    assert torch.equal(by_parts(images, (BatchSlice(0, 8, 8),)), expected)
    assert torch.equal(by_parts(images, (BatchSlice(0, 3, 8), BatchSlice(3, 8, 8))), expected)
