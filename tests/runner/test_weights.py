from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from banc.errors import BancError
from banc.runner.weights import load_weights, read_weights, save_weights


def network(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, width, 3), nn.BatchNorm2d(width))


def test_a_network_comes_back(tmp_path: Path) -> None:
    first, second = network(), network()
    save_weights(first, tmp_path / "a")
    load_weights(second, tmp_path / "a")
    for ours, theirs in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


def test_how_weights_lie_in_memory_changes_no_byte(tmp_path: Path) -> None:
    same = network()
    save_weights(same, tmp_path / "a")
    save_weights(same.to(memory_format=torch.channels_last), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_one_tensor_under_two_names(tmp_path: Path) -> None:
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    save_weights(tied, tmp_path / "a")
    assert torch.equal(read_weights(tmp_path / "a")["1.weight"], tied[0].weight)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_weights(network(3), tmp_path / "a")
    with pytest.raises(BancError, match="is damaged"):
        load_weights(network(4), tmp_path / "a")


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_half_a_file_is_refused(tmp_path: Path, keep: int) -> None:
    save_weights(network(), tmp_path / "a")
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:keep])
    with pytest.raises(BancError, match="is damaged"):
        read_weights(tmp_path / "a")
