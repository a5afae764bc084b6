"""Specs of a size, to measure with. Nothing here is run by `make test`: see `make bench`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MakeSpec = Callable[[int], Path]

SPEC = """
banc = 1
title = "{stages} stages"
data = "cifar100"
recipe = "wide-resnet"
seeds = {seeds}
[models]
{models}
[lineages]
ban = {{ models = {names}, generations = {generations} }}
[table]
rows = "ban"
columns = ["parameters", "teacher", {columns}]
"""


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """A spec of about so many stages, in a workspace of its own: lineages of several models and seeds."""

    def make(stages: int) -> Path:
        models, seeds, generations = {10: (1, 1, 2), 100: (4, 3, 2), 1000: (10, 6, 5)}[stages]
        names = [f"densenet-{number}" for number in range(models)]
        (tmp_path / ".dvc").mkdir()
        (tmp_path / "spec").mkdir()
        path = tmp_path / "spec/sized.toml"
        path.write_text(
            SPEC.format(
                stages=stages,
                seeds=list(range(seeds)),
                models="\n".join(
                    f'{name} = {{ family = "densenet-bc", depth = {40 + 6 * index}, growth = 12 }}'
                    for index, name in enumerate(names)
                ),
                names=str(names).replace("'", '"'),
                generations=generations,
                columns=", ".join(f'"ban-{number}"' for number in range(1, generations + 1)),
            )
        )
        return path

    return make
