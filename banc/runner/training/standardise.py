"""Logit standardisation: a sample's logits as Z-scores, so that shape is compared and scale is not.

Sun, Ren, Li, Wang, Cao: Logit Standardization in Knowledge Distillation (arXiv 2403.01427), algorithm 1. In:
logits, of a student or a teacher. Out: logits. An objective divides them by its temperature, the paper's base
temperature.
"""

from __future__ import annotations

from torch import Tensor

LEAST = 1e-12
"""Least variance: logits that are all one number become zeros, with a gradient of zero."""


def standardise(logits: Tensor) -> Tensor:
    """(z - mean) / std of each row, float32 (B, K), with the standard deviation of all K: it divides by K.

    The authors' program divides by K - 1, which is a temperature higher by 0.5 percent where K = 100.
    """
    centred = logits - logits.mean(1, keepdim=True)
    return centred * centred.square().mean(1, keepdim=True).clamp_min(LEAST).rsqrt()
