"""What is found of a network before anything runs, and what is none of our business."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from banc.config.custom import FactoryNetwork
from banc.config.image import ImageShape
from banc.config.model import DenseNetBC
from banc.models.unusable import Unusable
from banc.models.validation.validate import validate_network

IMAGE = ImageShape(channels=3, height=8, width=8, classes=10)
START = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.layer = nn.Linear(192, classes)

    def forward(self, x):
        """


def tried(root: Path, text: str) -> None:
    (root / "mine.py").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    validate_network(FactoryNetwork("mine.py", "make", digest), IMAGE, root)


def network(body: str, make: str = "return Net(classes)") -> str:
    return START + body + f"\n\ndef make(classes, **_):\n    {make}\n"


@pytest.mark.parametrize(
    "text",
    [
        network("return self.layer(x.flatten(1))"),
        network("return self.layer(x.flatten(1)).half()"),
        # A rate of dropout for each layer, as many programs spread them.
        network(
            "return self.layer(x.flatten(1))",
            "[r.item() for r in torch.linspace(0, 0.5, 3)]; return Net(classes)",
        ),
        network("return self.layer(x.flatten(1)) * torch.ones(10, device=x.device)"),
    ],
)
def test_a_network_that_can_be_trained(tmp_path: Path, text: str) -> None:
    tried(tmp_path, text)


def test_banc_s_own_can() -> None:
    validate_network(DenseNetBC(10, 2), IMAGE, Path())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            network("return self.layer(x.flatten(1))", "return Net(classes + 1)"),
            "the network of `make` of `mine.py` turns 2 images into a tensor of shape (2, 11) in training; "
            "expected (2, 10), a logit for each class",
        ),
        (
            network("return self.layer(x.flatten(1)) if self.training else x"),
            "the network of `make` of `mine.py` turns 2 images into a tensor of shape (2, 3, 8, 8) in "
            "evaluation; expected (2, 10), a logit for each class",
        ),
        (
            network("return self.layer(x.flatten(1)),"),
            "the network of `make` of `mine.py` gives a tuple in training; expected logits, a tensor of "
            "shape (2, 10)",
        ),
        (
            network("return self.layer(x.flatten(1)).argmax(1, keepdim=True).expand(-1, 10)"),
            "the logits of `make` of `mine.py` are torch.int64; expected floating-point numbers",
        ),
        (
            network("return self.layer(x.flatten(1)).detach()"),
            "the logits of `make` of `mine.py` do not depend on its parameters",
        ),
        (
            network("return x", "return nn.Flatten()"),
            "the network of `make` of `mine.py` has no parameters to train",
        ),
        (
            network("return x", "return Net(classes).requires_grad_(False)"),
            "the network of `make` of `mine.py` has no parameters to train",
        ),
        (
            network("return self.layer(x)"),
            "`mine.py:10`: RuntimeError: a and b must have same reduction dim, but got [48, 8] X [192, 10].",
        ),
        (
            network("return self.layers(x)"),
            "`mine.py:10`: AttributeError: 'Net' object has no attribute 'layers'",
        ),
    ],
)
def test_what_cannot_be_trained_says_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Unusable) as caught:
        tried(tmp_path, text)
    assert caught.value.message == message
    assert caught.value.key is None


@pytest.mark.parametrize(
    "body",
    [
        "return self.layer(x.flatten(1)) * x.sum().item()",
        # On another device than the images' this fails only when a GPU is at hand.
        "return self.layer(x.flatten(1)) * torch.ones(10)",
    ],
)
def test_what_needs_numbers_is_told_what_they_are_tried_on(tmp_path: Path, body: str) -> None:
    with pytest.raises(Unusable, match=r"`mine.py:10`: ") as caught:
        tried(tmp_path, network(body))
    assert "meta tensors" in str(caught.value.hint)
