"""A person's own objective: what it gives is looked at, its failures are told in a line, and it trains."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from banc.config.objective import OwnObjective, smooths_labels
from banc.models.own_objective import own_objective
from banc.models.unusable import Unusable
from banc.models.validation.validate_objective import validate_objective

GOOD = """
import torch
from torch.nn.functional import cross_entropy

def loss(logits, labels, teacher, *, soft=1.0):
    hard = cross_entropy(logits, labels, reduction="none")
    return hard - soft * (teacher.exp() * torch.log_softmax(logits, 1)).sum(1)
"""


def declared(root: Path, text: str, function: str = "loss", **arguments: float) -> OwnObjective:
    path = root / "objectives/mine.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return OwnObjective("objectives/mine.py", function, hashlib.sha256(text.encode()).hexdigest(), arguments)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_a_good_one_is_usable(tmp_path: Path, classes: int) -> None:
    objective = declared(tmp_path, GOOD, soft=0.5)
    validate_objective(objective, classes, tmp_path)
    assert objective.slug == "function-mine-loss"
    assert not smooths_labels(objective)


def test_it_is_called_with_its_arguments(tmp_path: Path) -> None:
    logits, teacher = torch.zeros(3, 4), torch.full((3, 4), 0.25).log()
    losses = own_objective(declared(tmp_path, GOOD, soft=2.0), tmp_path)(
        logits, torch.tensor([0, 1, 2]), teacher
    )
    assert losses.tolist() == pytest.approx([3 * torch.tensor(4.0).log().item()] * 3)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return logits.mean()", r"a tensor of shape \(\) for 6 images; expected \(6,\)"),
        ("return logits", r"a tensor of shape \(6, 10\) for 6 images"),
        ("return 3.0", "gives a float; expected a tensor"),
        ("return labels", "are torch.int64; expected floating-point numbers"),
        ("return teacher.sum(1)", "do not depend on the logits"),
        ("return hard", "does not depend on the teacher"),
        ("return hard * (1 / (teacher.exp().amax(1) - 1))", "not finite, with a teacher that is sure"),
        ("return hard + (teacher * logits).mean()", "another loss beside other images than alone"),
        (
            "return hard * torch.rand(len(labels)) + teacher[:, 0]",
            "gives other losses when it is called again",
        ),
        ("return hard / 0 + teacher[:, 0]", "a loss that is not finite"),
        ("return (logits - logits).abs().sqrt().sum(1) + teacher[:, 0]", "gradient of .* is not finite"),
        ("raise ValueError('no')", r"`objectives/mine.py:7`: ValueError: no"),
        ("return soften(logits)", "NameError: name 'soften'"),
    ],
)
def test_what_cannot_be_trained_with_is_told(tmp_path: Path, body: str, message: str) -> None:
    text = f"""
import torch
from torch.nn.functional import cross_entropy

def loss(logits, labels, teacher):
    hard = cross_entropy(logits, labels, reduction="none")
    {body}
"""
    with pytest.raises(Unusable, match=message):
        validate_objective(declared(tmp_path, text), 10, tmp_path)


def test_a_missing_function_and_a_wrong_argument(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="has no function `los`") as caught:
        validate_objective(declared(tmp_path, GOOD, "los"), 10, tmp_path)
    assert (caught.value.key, caught.value.legal) == ("function", ("loss",))
    with pytest.raises(Unusable, match="unexpected keyword argument 'hard'") as caught:
        validate_objective(declared(tmp_path, GOOD, hard=1.0), 10, tmp_path)
    assert caught.value.hint == "banc calls `loss(logits, labels, teacher, hard=...)`"


def test_a_file_that_has_changed_is_not_run(tmp_path: Path) -> None:
    objective = declared(tmp_path, GOOD)
    (tmp_path / "objectives/mine.py").write_text(GOOD + "raise SystemExit")
    with pytest.raises(Unusable, match=r"`objectives/mine.py` has changed since `banc compile`"):
        own_objective(objective, tmp_path)
