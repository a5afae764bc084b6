"""Objectives of a person's own are called when a spec is checked, and told of at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from banc.cli.check_networks import check_with_networks
from banc.language.fault import Fault

pytestmark = pytest.mark.usefixtures("forked_trials")

SPEC = """\
banc   = 1
title  = "An objective of one's own"
data   = "digits"
recipe = {recipe}
seeds  = [0, 1]

[models]
net  = {{ family = "densenet-bc", depth = 16, growth = 8 }}
wide = {{ family = "wide-resnet", depth = 10, widening = 1 }}

[lineages.ban]
models      = ["net", "wide"]
generations = 1
objective   = {{ kind = "function", file = "mine.py", function = "{function}" }}
except.net.objective = {{ kind = "function", file = "mine.py", function = "good" }}

[table]
rows    = "ban"
columns = ["teacher", "ban-1"]
"""
CODE = """\
import os
import torch

def good(logits, labels, teacher):
    return -(teacher.exp() * torch.log_softmax(logits, 1)).sum(1)

def mean(logits, labels, teacher):
    return good(logits, labels, teacher).mean()

def leaves(logits, labels, teacher):
    os._exit(3)
"""


def checked(
    root: Path, function: str, *, recipe: str = '"wide-resnet"', run_code: bool = True
) -> list[tuple[str, int, str]]:
    """Code, line and message of each fault."""
    (root / ".dvc").mkdir(exist_ok=True)
    (root / "mine.py").write_text(CODE)
    (root / "own.toml").write_text(SPEC.format(function=function, recipe=recipe))
    faults: tuple[Fault, ...] = check_with_networks([root / "own.toml"], run_code=run_code).faults
    return [(fault.code.code, fault.span.line, fault.message) for fault in faults]


def test_one_that_can_be_used(tmp_path: Path) -> None:
    assert checked(tmp_path, "good") == []


def test_none_is_given_mixtures(tmp_path: Path) -> None:
    """It gets one label an image. Its code is not run for that."""
    found = checked(tmp_path, "leaves", recipe="{ augment = { pad = 1, mixup = 0.2 } }")
    assert [(code, line) for code, line, _ in found] == [("BANC087", 14), ("BANC087", 15)]
    assert found[0][2] == "`function` asks for one label an image, and `wide/ban-1` is shown mixtures of two"


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        ("mean", "BANC086", "gives a tensor of shape () for 6 images; expected (6,)"),
        ("goood", "BANC014", "`mine.py` has no function `goood`"),
        ("leaves", "BANC055", "`leaves` of `mine.py` left its process with exit status 3"),
    ],
)
def test_one_that_cannot(tmp_path: Path, function: str, code: str, message: str) -> None:
    ((found, line, text),) = checked(tmp_path, function)
    assert (found, line) == (code, 14)
    assert message in text


def test_without_code_nothing_is_run_and_that_is_said(tmp_path: Path) -> None:
    told = checked(tmp_path, "leaves", run_code=False)
    assert [(code, line) for code, line, _ in told] == [("BANC056", 14), ("BANC056", 15)]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    checked(tmp_path, "good")
    (tmp_path / "mine.py").unlink()
    faults = check_with_networks([tmp_path / "own.toml"], run_code=True).faults
    assert [(fault.code.code, fault.span.line) for fault in faults] == [("BANC027", 14), ("BANC027", 15)]
