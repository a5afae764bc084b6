"""What is said of weights that are not a network's."""

from __future__ import annotations

import pytest

from banc.models.fit import TensorKind, Tensors, misfit

NETWORK = {
    "stem.weight": TensorKind("float32", (8, 1, 3, 3)),
    "norm.steps": TensorKind("int64", ()),
    "classifier.weight": TensorKind("float32", (10, 8)),
    "classifier.bias": TensorKind("float32", (10,)),
}


def but(**changes: TensorKind | None) -> Tensors:
    """The network's tensors with others in their places; None: without one. ``__`` stands for a dot."""
    found = {**NETWORK, **{name.replace("__", "."): kind for name, kind in changes.items()}}
    return {name: kind for name, kind in found.items() if kind}


def test_weights_of_the_network_fit_in_any_order() -> None:
    assert misfit(NETWORK, dict(reversed(NETWORK.items())), 10) is None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (but(norm__steps=None), "it lacks `norm.steps`"),
        (
            but(head__bias=TensorKind("float32", (10,)), classifier__bias=None, norm__steps=None),
            "it lacks `norm.steps` and `classifier.bias`, and it has `head.bias`, which the network does not "
            "have",
        ),
        ({}, "it lacks `stem.weight`, `norm.steps`, `classifier.weight` and 1 more"),
        (
            {f"module.{name}": kind for name, kind in NETWORK.items()},
            "its names begin with `module.`, and the network's do not",
        ),
        (
            but(stem__weight=TensorKind("float16", (8, 1, 3, 3))),
            "`stem.weight` is float16 (8x1x3x3), expected float32 (8x1x3x3)",
        ),
        (
            but(norm__steps=TensorKind("int64", (1,)), stem__weight=TensorKind("float32", (8, 3, 3, 3))),
            "`stem.weight` is float32 (8x3x3x3), expected float32 (8x1x3x3), and 1 more differ",
        ),
        (
            but(
                classifier__weight=TensorKind("float32", (100, 8)),
                classifier__bias=TensorKind("float32", (100,)),
            ),
            "`classifier.weight` is float32 (100x8), expected float32 (10x8), and 1 more differ: "
            "it tells 100 classes apart, and the data set has 10",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(file: Tensors, said: str) -> None:
    assert misfit(NETWORK, file, 10) == said


def test_a_prefix_of_the_networks_is_told_too() -> None:
    wrapped = {f"net.{name}": kind for name, kind in NETWORK.items()}
    said = "the network's names begin with `net.`, and those in the file do not"
    assert misfit(wrapped, NETWORK, 10) == said
