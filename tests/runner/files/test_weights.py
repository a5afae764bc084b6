from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from banc.errors import BancError
from banc.runner.files.weights import load_weights, read_header, read_weights, save_weights


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
    with pytest.raises(BancError, match=r"is damaged.*`0.bias` is float32 \(3\), expected float32 \(4\)"):
        load_weights(network(4), tmp_path / "a")
    with pytest.raises(BancError, match=r"is damaged.*`1.bias` is in the file alone"):
        load_weights(nn.Sequential(nn.Conv2d(2, 3, 3)), tmp_path / "a")


@pytest.mark.parametrize("kind", [torch.float16, torch.float64, torch.bfloat16])
def test_weights_of_another_number_type_are_refused(tmp_path: Path, kind: torch.dtype) -> None:
    """They would be rounded in silence."""
    save_weights(network().to(kind), tmp_path / "a")
    name = str(kind).removeprefix("torch.")
    with pytest.raises(BancError, match=rf"is damaged.*`0.bias` is {name} \(3\), expected float32 \(3\)"):
        load_weights(network(), tmp_path / "a")


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_a_number_that_is_not_finite_is_refused(tmp_path: Path, number: float, name: str) -> None:
    broken = network()
    broken.state_dict()[name].view(-1)[1] = number
    save_weights(broken, tmp_path / "a")
    with pytest.raises(BancError, match=f"is damaged.*`{name}` has a number that is not finite"):
        load_weights(network(), tmp_path / "a")


def test_what_a_network_of_ones_own_begins_with_may_be_infinite(tmp_path: Path) -> None:
    """A mask of attention is."""
    masked = network()
    masked.register_buffer("mask", torch.tensor([0.0, -torch.inf]))
    save_weights(masked, tmp_path / "a")
    load_weights(masked, tmp_path / "a")


def test_words_stand_beside_the_tensors_and_change_none(tmp_path: Path) -> None:
    same = network()
    save_weights(same, tmp_path / "a", {"key": "words"})
    save_weights(same, tmp_path / "b")
    assert read_header(tmp_path / "a") == {"key": "words"}
    assert read_header(tmp_path / "b") == {}
    load_weights(same, tmp_path / "a")


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_half_a_file_is_refused(tmp_path: Path, keep: int) -> None:
    save_weights(network(), tmp_path / "a")
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:keep])
    with pytest.raises(BancError, match="is damaged"):
        read_weights(tmp_path / "a")
    if keep < 100:
        with pytest.raises(BancError, match="is damaged"):
            read_header(tmp_path / "a")
