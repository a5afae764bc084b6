"""The near match."""

from __future__ import annotations

import pytest

from banc.language.codes import Code
from banc.language.fault import Fault, nearest
from banc.language.positions import Span

KEYS = ("of", "set", "epochs", "batch", "Wide-ResNet-28-10", "Wide-ResNet-28-20", "models", "1")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("fo", "of"),
        ("o", "of"),
        ("est", "set"),
        ("epoch", "epochs"),
        ("epohcs", "epochs"),
        ("EPOCHS", "epochs"),
        ("wide-resnet-28-1", "Wide-ResNet-28-10"),
        ("learning_rate", None),
        ("growth", None),
        ("", None),
        (1, "1"),
        (True, None),
        ([], None),
    ],
)
def test_nearest(word: object, near: str | None) -> None:
    assert nearest(word, KEYS) == near


@pytest.mark.parametrize(
    ("word", "near"),
    [("clip", "clip_norm"), ("Smoothing", "label_smoothing"), ("norm", None), ("lip", None)],
)
def test_a_part_of_one_word_alone_means_it(word: str, near: str | None) -> None:
    assert nearest(word, ("clip_norm", "label_smoothing", "weight_decay", "weight_norm")) == near


def test_nothing_is_near_to_nothing() -> None:
    assert nearest("x", ()) is None


def test_a_fault_is_as_severe_as_its_code() -> None:
    span = Span(1, 1, 2)
    assert Fault(Code.SYNTAX, "a.toml", span, "", "").severity == "error"
    assert Fault(Code.UNUSED_RUN, "a.toml", span, "", "").severity == "warning"
