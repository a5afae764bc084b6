"""Specs as text, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from banc.language.load import load
from banc.language.spec import Spec

HEAD = """
banc = 1
title = "A table"
data = "digits"
seeds = [3, 5]
recipe = { preset = "wide-resnet", epochs = 9, augment = { pad = 1, flip = false } }
[models]
a = { family = "densenet-bc", depth = 10, growth = 2 }
b = { family = "wide-resnet", depth = 10, widening = 1 }
c = { family = "densenet-bc", depth = 16, growth = 2 }
"""

ReadSpec = Callable[..., Spec]


@pytest.fixture
def read_spec(tmp_path: Path) -> ReadSpec:
    """``text`` below a head that declares two seeds, a recipe and the models ``a``, ``b`` and ``c``."""

    def read(text: str, head: str = HEAD) -> Spec:
        path = tmp_path / "spec.toml"
        path.write_text(head + text)
        return load(path).spec

    return read
