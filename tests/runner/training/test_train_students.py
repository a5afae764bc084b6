"""What a student takes from its teacher: stored outputs, layers, and nothing else."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from banc.config.model import DenseNetBC
from banc.config.objective import OBJECTIVES
from banc.config.recipe import Recipe
from banc.errors import BancError
from banc.stage import files
from banc.stage.kinds import Address, Predict, Train


def test_the_teacher_decides_what_a_student_becomes(workspace: Any, teacher: Train, taught: Address) -> None:
    student = attrs.evolve(teacher, objective=OBJECTIVES["ban"], seed=1, teacher_outputs=(taught,))
    workspace.run(student)
    alone = attrs.evolve(teacher, seed=1)
    workspace.run(alone)
    before = workspace.outputs(student)
    assert before[files.MODEL] != workspace.outputs(alone)[files.MODEL]
    store = np.load(workspace.path(taught, files.OUTPUTS))
    np.save(workspace.path(taught, files.OUTPUTS), np.roll(store, 1, axis=2))
    workspace.run(student)
    assert workspace.outputs(student)[files.MODEL] != before[files.MODEL]


def test_the_teacher_stays_as_it_is(workspace: Any, teacher: Train, taught: Address) -> None:
    before = workspace.outputs(teacher)
    student = attrs.evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1, teacher_outputs=(taught,))
    workspace.run(student)
    assert workspace.outputs(teacher) == before
    assert (
        workspace.weights(student)["stem.weight"].tolist()
        != workspace.weights(teacher)["stem.weight"].tolist()
    )


def test_several_teachers_are_one_by_the_mean_of_their_probabilities(
    workspace: Any, teacher: Train, taught: Address, recipe: Recipe
) -> None:
    second = workspace.run(attrs.evolve(teacher, seed=5))
    other = workspace.run(Predict(recipe.augment, teacher.data, second))
    several = attrs.evolve(teacher, objective=OBJECTIVES["ban"], seed=1, teacher_outputs=(taught, other))
    workspace.run(several)
    stores = [np.load(workspace.path(each, files.OUTPUTS)).astype(np.float64) for each in (taught, other)]
    mean = np.log((np.exp(stores[0]) + np.exp(stores[1])) / 2)
    np.save(workspace.path(taught, files.OUTPUTS), mean.astype(np.float16))
    single = attrs.evolve(several, teacher_outputs=(taught,))
    workspace.run(single)
    losses = [[line["loss"] for line in workspace.history(stage)] for stage in (several, single)]
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)


@pytest.mark.parametrize("frozen", [True, False])
def test_shared_layers(workspace: Any, teacher: Train, taught: Address, frozen: bool) -> None:
    student = attrs.evolve(
        teacher,
        objective=OBJECTIVES["ban-l"],
        seed=1,
        teacher_outputs=(taught,),
        shared_with=Address(workspace.path(teacher, "").name),
        share=("stem", "classifier"),
        share_frozen=frozen,
    )
    workspace.run(student)
    ours, theirs = workspace.weights(student), workspace.weights(teacher)
    same = {key for key in ours if ours[key].tobytes() == theirs[key].tobytes()}
    shared = {"stem.weight", "classifier.weight", "classifier.bias"}
    counters = {key for key in ours if key.endswith("num_batches_tracked")}
    assert same - counters == (shared if frozen else set())


def test_layers_of_another_shape_cannot_be_shared(workspace: Any, teacher: Train) -> None:
    trained = workspace.run(teacher)
    student = attrs.evolve(teacher, model=DenseNetBC(10, 6), seed=1, shared_with=trained, share=("stem",))
    with pytest.raises(BancError, match=r"the stem cannot be shared: `weight` is 12x1x3x3 .* 8x1x3x3"):
        workspace.run(student)
    assert not workspace.path(student, "").exists()


def test_a_store_of_other_views_is_refused(workspace: Any, teacher: Train, taught: Address) -> None:
    path = workspace.path(taught, files.OUTPUTS)
    np.save(path, np.load(path)[:, :9])
    student = attrs.evolve(teacher, objective=OBJECTIVES["ban"], seed=1, teacher_outputs=(taught,))
    with pytest.raises(BancError, match=r"outputs.npy` is damaged"):
        workspace.run(student)


def test_half_of_the_teachers_weights_are_refused(workspace: Any, teacher: Train) -> None:
    trained = workspace.run(teacher)
    path = workspace.path(trained, files.MODEL)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BancError, match=r"model.safetensors` is damaged"):
        workspace.run(attrs.evolve(teacher, seed=1, shared_with=trained, share=("stem",)))
