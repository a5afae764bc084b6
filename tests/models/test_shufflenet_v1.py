"""ShuffleNet against a rewrite of its paper's figures in NumPy and sums over taps, and the shuffle by
hand."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from banc.models.shufflenet_v1 import ShuffleNetV1, ShuffleUnit, shuffle

Weights = dict[str, np.ndarray]


def convolve(x: np.ndarray, weight: np.ndarray, stride: int = 1) -> np.ndarray:
    """Tap by tap; groups follow from the weight's shape."""
    out, reads, size, _ = weight.shape
    groups, edge = x.shape[1] // reads, size // 2
    padded = np.pad(x, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    height, width = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    found = np.zeros((len(x), out, height, width))
    for group in range(groups):
        inputs = padded[:, group * reads : (group + 1) * reads]
        rows = slice(group * out // groups, (group + 1) * out // groups)
        for dy in range(size):
            for dx in range(size):
                seen = inputs[:, :, dy : dy + height * stride : stride, dx : dx + width * stride : stride]
                seen = seen[:, :, :height, :width]
                found[:, rows] += np.einsum("oi,bihw->bohw", weight[rows, :, dy, dx], seen)
    return found


def norm(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    mean, variance, weight, bias = (
        weights[f"{name}.{part}"].reshape(1, -1, 1, 1)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    found: np.ndarray = (x - mean) / np.sqrt(variance + 1e-5) * weight + bias
    return found


def mean_of_squares(x: np.ndarray) -> np.ndarray:
    """3x3 with stride 2; what is outside counts as zero."""
    ninth = np.full((x.shape[1], 1, 3, 3), 1 / 9)
    return convolve(x, ninth, 2)


def unit(x: np.ndarray, weights: Weights, stride: int, groups: int) -> np.ndarray:
    """Figure 2 b and c, with the benchmark's ReLU after the depthwise convolution."""
    new = np.maximum(norm(convolve(x, weights["conv1.weight"]), weights, "norm1"), 0)
    order = np.arange(new.shape[1]).reshape(groups, -1).T.ravel()
    new = norm(convolve(new[:, order], weights["conv2.weight"], stride), weights, "norm2")
    new = norm(convolve(np.maximum(new, 0), weights["conv3.weight"]), weights, "norm3")
    joined = new + x if stride == 1 else np.concatenate((new, mean_of_squares(x)), 1)
    found: np.ndarray = np.maximum(joined, 0)
    return found


def drawn(network: nn.Module) -> Weights:
    """The network's weights, and statistics that are not trivial."""
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif "norm" in name and tensor.is_floating_point():
                tensor.normal_()
    return {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}


def test_the_whole_network_equals_the_rewrite() -> None:
    torch.manual_seed(0)
    network = ShuffleNetV1((36, 72, 144), 5).double().eval()
    weights = drawn(network)
    images = torch.randn(2, 3, 9, 10, dtype=torch.float64)
    x = np.maximum(norm(convolve(images.numpy(), weights["stem.weight"]), weights, "stem_norm"), 0)
    for place in range(16):
        prefix = f"blocks.{place}."
        own = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        x = unit(x, own, stride=2 if place in (0, 4, 12) else 1, groups=1 if place == 0 else 3)
    expected = x.mean((2, 3)) @ weights["classifier.weight"].T + weights["classifier.bias"]
    np.testing.assert_allclose(network(images).detach().numpy(), expected, rtol=1e-9, atol=1e-12)


def test_a_shuffle_deals_out_the_groups_in_turn() -> None:
    channels = torch.arange(6.0).reshape(1, 6, 1, 1)
    assert shuffle(channels, 3).flatten().tolist() == [0, 2, 4, 1, 3, 5]
    assert shuffle(channels, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert shuffle(channels, 1) is channels


def test_every_group_reads_from_every_group_after_a_shuffle() -> None:
    """The paper's point: without it, a group of channels would never see another one."""
    torch.manual_seed(0)
    block = ShuffleUnit(36, 36).eval()
    x = torch.randn(1, 36, 4, 4, requires_grad=True)
    reached = []
    for group in range(3):
        wanted = block.conv3(block.conv2(shuffle(block.conv1(x), 3)))[:, 12 * group : 12 * group + 12]
        (gradient,) = torch.autograd.grad(wanted.sum(), x)
        seen = gradient.abs().sum((0, 2, 3)).nonzero().flatten().tolist()
        reached.append({channel // 12 for channel in seen})
    assert reached == [{0, 1, 2}] * 3
