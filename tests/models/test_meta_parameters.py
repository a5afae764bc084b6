"""Networks without numbers: every tensor that a module registers, and no other."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from banc.models.meta_parameters import meta_parameters


class Counting(nn.Module):
    """Computes a width with tensors, as some networks do, and keeps one tensor twice."""

    def __init__(self) -> None:
        super().__init__()
        widths = torch.linspace(2, 8, 3).int().tolist()
        self.layer = nn.Linear(widths[-1], widths[0])
        self.again = nn.Linear(widths[-1], widths[0])
        self.again.weight = self.layer.weight
        shared = nn.Parameter(torch.ones(5))
        self.one, self.two = shared, shared
        self.fixed = nn.Parameter(torch.ones(1), requires_grad=False)
        self.register_buffer("table", torch.arange(3))
        self.register_buffer("nothing", None)
        self.plain = torch.ones(2)


def test_what_is_registered_has_no_numbers_and_the_rest_does() -> None:
    with meta_parameters():
        network = Counting()
        assert torch.ones(2).sum().item() == 2
    state = network.state_dict()
    assert {name for name, tensor in state.items() if not tensor.is_meta} == set()
    assert state["layer.weight"].shape == (2, 8)
    assert state["table"].dtype == torch.int64
    assert not network.plain.is_meta


def test_what_is_kept_twice_counts_once_and_what_is_frozen_stays_so() -> None:
    with meta_parameters():
        network = Counting()
    with_numbers = Counting()
    for each in (network, with_numbers):
        assert each.again.weight is each.layer.weight
        assert each.one is each.two
    counts = [sum(parameter.numel() for parameter in each.parameters()) for each in (network, with_numbers)]
    assert counts[0] == counts[1] == 16 + 2 + 2 + 5 + 1
    assert isinstance(network.fixed, nn.Parameter)
    assert [name for name, each in network.named_parameters() if not each.requires_grad] == ["fixed"]


def test_outside_nothing_changes() -> None:
    with pytest.raises(ZeroDivisionError), meta_parameters():
        _ = 1 / 0
    assert not nn.Linear(2, 2).weight.is_meta


def test_many_tensors_that_come_and_go_are_told_apart() -> None:
    """Python gives the id of a tensor that is gone to the next one."""

    class Forgetful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for place in range(200):
                self.register_parameter(f"p{place}", nn.Parameter(torch.zeros(place + 1)))

    with meta_parameters():
        parameters: list[Tensor] = list(Forgetful().parameters())
    assert [len(parameter) for parameter in parameters] == [*range(1, 201)]
