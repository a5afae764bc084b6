"""A stage is a function of its own parameter file and its inputs: where nothing else is, it runs the same."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest

from banc.config.custom import FactoryNetwork
from banc.config.data import Digits
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Recipe
from banc.stage import files
from banc.stage.address import address
from banc.stage.kinds import Data, Predict, Score, Stage, Table, Train

NETWORK = """\
from torch import nn

def make(classes, channels, height, width):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


@pytest.fixture
def street(teacher: Train, recipe: Recipe) -> dict[str, Stage]:
    """Every kind of stage but an import, and of a training every kind of teacher."""
    short = attrs.evolve(recipe, epochs=1)
    first = attrs.evolve(teacher, recipe=short)
    mine = FactoryNetwork("networks/mine.py", "make", hashlib.sha256(NETWORK.encode()).hexdigest())
    own = attrs.evolve(first, model=mine)
    store = Predict(recipe.augment, first.data, address(first))
    student = attrs.evolve(first, seed=1000, objective=OBJECTIVES["ban-l"])
    stored = attrs.evolve(student, teacher_outputs=(address(store),))
    alone = Score(first.data, (address(first),))
    pair = Score(first.data, tuple(sorted([address(first), address(stored)])))
    return {
        "data": Data(Digits(train=40)),
        "teacher": first,
        "own": own,
        "store": store,
        "store of own": Predict(recipe.augment, first.data, address(own)),
        "stored": stored,
        "shared": attrs.evolve(stored, shared_with=address(first), share=("stem",)),
        "live": attrs.evolve(student, teachers=tuple(sorted([address(first), address(own)]))),
        "alone": alone,
        "pair": pair,
        "table": Table("small", tuple(sorted([address(alone), address(pair)]))),
    }


def test_each_stage_runs_where_only_its_inputs_are(
    workspace: Any, street: dict[str, Stage], tmp_path: Path
) -> None:
    (workspace.root / "networks").mkdir()
    (workspace.root / "networks/mine.py").write_text(NETWORK)
    for number, (name, stage) in enumerate(street.items()):
        workspace.run(stage)
        bare = type(workspace)(tmp_path / f"bare/{number}")
        for path in (*files.reads(stage), "networks/mine.py"):
            (bare.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(workspace.root / path, bare.root / path)
        bare.run(files.load_stage(workspace.root, address(stage)))
        assert [path.stem for path in bare.root.glob("pipelines/*/*")] == [address(stage)]
        assert bare.outputs(stage) == workspace.outputs(stage), name
