"""Networks, as a spec declares them: the numbers in their names and the shapes that follow.

``models`` builds them. What is computed here is arithmetic on these numbers, so that a spec can be
checked without torch; a test holds it against the built networks. Each has a ``FAMILY``, the shapes of
its first and last layer (``stem_channels``, ``features``) and its number of ``parameters`` (all three None of
a person's own network), and a ``misfit`` that says why it cannot read images of some shape.
"""

from __future__ import annotations

from banc.config.custom import FactoryNetwork, TorchvisionNetwork
from banc.config.matched import MatchDenseNet, MatchPreResNet, MatchWideResNet
from banc.config.textbook import DenseNetBC, PreResNet, WideResNet

__all__ = [
    "DenseNetBC",
    "FactoryNetwork",
    "MatchDenseNet",
    "MatchPreResNet",
    "MatchWideResNet",
    "Model",
    "PreResNet",
    "TorchvisionNetwork",
    "UserNetwork",
    "WideResNet",
]

UserNetwork = TorchvisionNetwork | FactoryNetwork
"""Networks whose code is not banc's."""

Model = DenseNetBC | WideResNet | PreResNet | MatchWideResNet | MatchDenseNet | MatchPreResNet | UserNetwork
"""Every network that a spec can declare."""
