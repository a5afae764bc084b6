"""Masks of dropout: known, the same in whatever parts, uniform, and independent of each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import attrs
import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from banc.config.recipe import PRESETS
from banc.errors import BancError
from banc.runner.training.batches import slices_of_epoch
from banc.runner.training.dropout import CountedDropout, Masks, counted_dropout
from banc.runner.training.group import BatchSlice, Group


def layers(*rates: float, seed: int = 0) -> tuple[nn.Sequential, Masks]:
    network = nn.Sequential(*map(nn.Dropout, rates)).train()
    return network, counted_dropout(network, seed)


def mask(
    shape: tuple[int, ...], *, seed: int = 0, layer: int = 0, step: int = 0, part: BatchSlice | None = None
) -> Tensor:
    """Which units of ones stay, at a rate of one half."""
    network, masks = layers(*[0.5] * (layer + 1), seed=seed)
    masks.begin(step, part or BatchSlice(0, shape[0], shape[0]))
    found: Tensor = network[layer](torch.ones(shape))
    return found > 0


def as_published(key: int, place: int) -> int:
    z = (key + (place + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def text(found: Tensor) -> str:
    return "".join(str(int(each)) for each in found.flatten())


def test_known_masks() -> None:
    """These are in every result ever trained with dropout: they must not move."""
    assert text(mask((2, 12))) == "101101101111100110010001"
    assert text(mask((2, 3, 2, 2), seed=7, layer=1, step=5)) == "100101111101000111101110"


def test_masks_are_what_the_module_says() -> None:
    """A unit's 16 bits of SplitMix64, from the low ones up, with its sign bit turned; channels lie last."""
    key = int.from_bytes(hashlib.sha256(b"7/dropout/1/0").digest()[:8], "big")
    low = [(as_published(key, (5 << 32) + unit // 4) >> 16 * (unit % 4)) % 2**16 for unit in range(24)]
    kept = torch.tensor([(bits ^ 2**15) >= 2**15 for bits in low])
    expected = kept.view(2, 2, 2, 3).permute(0, 3, 1, 2)
    assert torch.equal(mask((2, 3, 2, 2), seed=7, layer=1, step=5), expected)


def test_rates_are_whole_parts_of_65536_and_the_scale_is_exact() -> None:
    network, masks = layers(0.3)
    masks.begin(0, BatchSlice(0, 64, 64))
    scaled = network(torch.ones(64, 4096))
    assert scaled.unique().tolist() == pytest.approx([0, 1 / (1 - 19661 / 65536)], rel=1e-7)
    assert scaled.mean().item() == pytest.approx(1, abs=5 * (0.3 / 0.7 / scaled.numel()) ** 0.5)


def test_a_rate_is_exact_to_one_part() -> None:
    """Of 2^20 units about 16 stay where one part of 65536 does: none would with a chance of 1e-7."""
    network, masks = layers(1 - 1 / 65536)
    masks.begin(0, BatchSlice(0, 2**10, 2**10))
    kept = network(torch.ones(2**10, 2**10))
    assert 0 < (kept > 0).sum() < 40
    assert kept.max() == 65536


def test_layers_that_drop_nothing_or_all() -> None:
    network, masks = layers(0.0, 1e-6, 1.0, 1 - 1e-6)
    masks.begin(0, BatchSlice(0, 4, 4))
    images = torch.rand(4, 5, requires_grad=True)
    assert network[0](images) is images
    assert network[1](images) is images
    for layer in network[2:]:
        dropped = layer(images)
        assert torch.equal(dropped, torch.zeros(4, 5))
        assert torch.equal(torch.autograd.grad(dropped.sum(), images)[0], torch.zeros(4, 5))
    assert network.eval()(images) is images
    empty = torch.empty(0, 5)
    assert network.train()[2](empty) is empty


def test_the_gradient_is_the_mask() -> None:
    for inplace in (False, True):
        network = nn.Sequential(nn.Dropout(0.5, inplace=inplace)).train()
        counted_dropout(network, 0).begin(3, BatchSlice(0, 8, 8))
        images = torch.rand(8, 6, requires_grad=True)
        before = images * 1
        after = network(before)
        assert (after is before) == inplace
        (gradient,) = torch.autograd.grad(after.sum(), images)
        assert torch.equal(gradient, 2.0 * mask((8, 6), step=3))
        assert torch.equal(after, images * gradient)


@pytest.mark.parametrize("shape", [(8, 6), (8, 7), (8, 6, 5), (8, 6, 5, 5), (8, 1, 5, 5), (8, 3, 1, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_layout_and_precision_do_not_matter(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    images = torch.ones(shape, dtype=dtype)
    lies = [images]
    if len(shape) == 4:
        lies.append(images.contiguous(memory_format=torch.channels_last))
    for each in lies:
        network, masks = layers(0.5)
        masks.begin(0, BatchSlice(0, 8, 8))
        dropped = network(each)
        assert torch.equal(dropped > 0, mask(shape))
        assert dropped.dtype == dtype
        assert dropped.stride() == each.stride()


@pytest.mark.parametrize("shape", [(8, 6), (8, 7), (8, 3, 5, 5)])
def test_processes_and_micro_batches_take_their_part_of_one_mask(shape: tuple[int, ...]) -> None:
    whole = mask(shape, step=2)
    for micro_batch, processes in ((None, 1), (None, 3), (5, 1), (5, 3)):
        recipe = attrs.evolve(PRESETS["wide-resnet"], batch=8, micro_batch=micro_batch)
        for rank in range(processes):
            for part in slices_of_epoch(8, recipe, Group(rank, processes))[0]:
                here = slice(part.before + part.begin, part.before + part.end)
                found = mask((here.stop - here.start, *shape[1:]), step=2, part=part)
                assert torch.equal(found, whole[here])


def test_a_first_dimension_that_is_not_the_images_gives_each_part_places_of_its_own() -> None:
    """Words by images, say."""
    first = mask((10, 4, 6), part=BatchSlice(0, 4, 8))
    second = mask((10, 4, 6), part=BatchSlice(4, 8, 8))
    assert 0.3 < (first == second).float().mean() < 0.7


def test_masks_are_uniform() -> None:
    network, masks = layers(0.3)
    counts = torch.zeros(64)
    for step in range(4000):
        masks.begin(step, BatchSlice(0, 4, 4))
        counts += (network(torch.ones(4, 16)) > 0).flatten()
    kept = 4000 * (1 - 19661 / 65536)
    chi_squared = ((counts - kept) ** 2 / (kept * 19661 / 65536)).sum().item()
    assert 64 - 5 * 128**0.5 < chi_squared < 64 + 5 * 128**0.5, "64 degrees of freedom"


def alike(one: Tensor, two: Tensor) -> float:
    """How far apart from half of the units agree, in standard deviations."""
    return ((one == two).float().mean().item() - 0.5) * 2 * one.numel() ** 0.5


def test_masks_are_independent_of_each_other_and_of_their_neighbours() -> None:
    shape = (64, 16, 16, 16)
    first = mask(shape)
    others = [mask(shape, step=1), mask(shape, seed=1), mask(shape, layer=1), mask(shape, step=2**31)]
    moved = [first.roll(1, dimension) for dimension in range(4)]
    for other in others + moved:
        assert abs(alike(first, other)) < 5


def test_a_layer_that_is_called_twice_has_two_masks_and_each_forward_pass_begins_anew() -> None:
    network, masks = layers(0.5)
    ones = torch.ones(64, 64)
    masks.begin(0, BatchSlice(0, 64, 64))
    first, second = network(ones), network(ones)
    assert abs(alike(first > 0, second > 0)) < 5
    masks.begin(0, BatchSlice(0, 64, 64))
    assert torch.equal(network(ones), first)
    assert torch.equal(network(ones), second)


def test_torchs_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    mask((3, 4))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("reentrant", [False, True])
def test_activation_checkpointing_computes_the_same_mask_again(reentrant: bool) -> None:
    network, masks = layers(0.5)

    def gradient(forward: Callable[[Tensor], Tensor]) -> Tensor:
        images = torch.ones(8, 6, requires_grad=True)
        masks.begin(4, BatchSlice(0, 8, 8))
        # Not `torch.autograd.grad`, which the reentrant kind refuses.
        torch.autograd.backward(forward(images.exp()).square().sum())
        assert images.grad is not None
        return images.grad

    again = gradient(lambda x: checkpoint(network, x, use_reentrant=reentrant))
    assert torch.equal(again, gradient(network))
    with pytest.raises(BancError, match="is called several times"):
        gradient(lambda x: checkpoint(lambda y: network(network(y)), x, use_reentrant=reentrant))


class Mine(nn.Dropout):
    def forward(self, input: Tensor) -> Tensor:
        return input + 1


class Named(nn.Dropout):
    """Only a name."""


def test_a_persons_own_forward_pass_stays() -> None:
    network = nn.Sequential(Mine(0.5), Named(0.5), nn.Dropout2d(0.5), nn.Dropout(0.5))
    names = list(network.state_dict())
    counted_dropout(network, 0)
    assert [type(layer) for layer in network] == [Mine, CountedDropout, nn.Dropout2d, CountedDropout]
    assert list(network.state_dict()) == names
