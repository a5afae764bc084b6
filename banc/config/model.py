"""Networks, as a spec declares them: the numbers in their names and the shapes that follow.

``models`` builds them. What is computed here is arithmetic on these numbers, so that a spec can be
checked without torch; a test holds it against the built networks. Each has a ``FAMILY``, the shapes of
its first and last layer (``stem_channels``, ``features``) and a ``fault`` that says why it cannot read
images of some shape.
"""

from __future__ import annotations

from banc.config.matched import MatchDenseNet, MatchPreResNet, MatchWideResNet
from banc.config.textbook import DenseNetBC, PreResNet, WideResNet

__all__ = [
    "DenseNetBC",
    "MatchDenseNet",
    "MatchPreResNet",
    "MatchWideResNet",
    "Model",
    "PreResNet",
    "WideResNet",
]

Model = DenseNetBC | WideResNet | PreResNet | MatchWideResNet | MatchDenseNet | MatchPreResNet
"""Every network that a spec can declare."""
