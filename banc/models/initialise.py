"""First weights of every network here.

In: a network as torch made it. Out: the same network. Randomness is torch's global generator, which
the caller seeds.
"""

from __future__ import annotations

from torch import nn


def initialise(network: nn.Module, *, linear_std: float | None = None) -> None:
    """Draws the first weights in place.

    Convolutions: He et al., Delving Deep into Rectifiers (arXiv 1502.01852), equation 14: normal with
    variance 2 / fan-out. It is what the authors' programs of DenseNet, Wide-ResNet and pre-activation
    ResNet do, with biases at zero and the weights of linear layers as Torch draws them: uniform within
    1 / sqrt(fan-in).

    Args:
        linear_std: where it is said, the weights of linear layers are normal with this standard deviation.
    """
    if all(parameter.is_meta for parameter in network.parameters()):
        return  # there are no numbers to draw, and torch would take seconds to find that out
    for module in network.modules():
        match module:
            case nn.Conv2d():
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            case nn.BatchNorm2d():
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            case nn.Linear():
                nn.init.zeros_(module.bias)
                if linear_std is not None:
                    nn.init.normal_(module.weight, std=linear_std)
            case _:
                pass
