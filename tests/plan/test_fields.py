from __future__ import annotations

from typing import Any

from banc.config.data import Digits
from banc.config.model import DenseNetBC
from banc.config.objective import Labels
from banc.config.recipe import Augmentation, Recipe
from banc.plan.fields import changes, leaves, reads
from banc.plan.reason import Change
from banc.stage.address import parameters
from banc.stage.kinds import Address, Data, Score, Train

RECIPE = Recipe(
    epochs=200,
    batch=10,
    learning_rate=0.1,
    drop_at=(0.5,),
    drop_factor=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=1e-4,
    augment=Augmentation(pad=0, flip=False),
)
TRAIN = Train(DenseNetBC(depth=10, growth=2), RECIPE, Labels(), 0, Address("data-digits-0123456789ab"))


def changed(**fields: Any) -> dict[str, Any]:
    now = parameters(TRAIN)
    for path, value in fields.items():
        where = now
        *first, last = path.split("__")
        for name in first:
            where[name] = dict(where[name])
            where = where[name]
        where[last] = value
    return now


def test_a_field_that_differs() -> None:
    now = changed(recipe__epochs=100, seed=3)
    assert changes(parameters(TRAIN), now) == (Change("recipe.epochs", 200, 100), Change("seed", 0, 3))


def test_a_list_is_one_field() -> None:
    assert changes(parameters(TRAIN), changed(recipe__drop_at=[0.5, 0.75])) == (
        Change("recipe.drop_at", [0.5], [0.5, 0.75]),
    )


def test_a_default_that_is_not_in_the_file_is_told_by_its_value() -> None:
    before = parameters(TRAIN)
    assert "third_transition" not in before["model"]
    now = changed(model__third_transition=True)
    assert changes(before, now) == (Change("model.third_transition", False, True),)
    assert changes(now, before) == (Change("model.third_transition", True, False),)


def test_what_no_version_of_ours_knows_is_none() -> None:
    assert changes(changed(recipe__warmup=5), parameters(TRAIN)) == (Change("recipe.warmup", 5, None),)


def test_inputs_are_no_fields() -> None:
    assert changes(parameters(TRAIN), changed(data="data-digits-ba9876543210")) == ()
    assert "data" not in dict(leaves(parameters(TRAIN)))
    assert reads(parameters(TRAIN))["data"] == ("data-digits-0123456789ab",)
    score = Score(Address("data-a-0123456789ab"), (Address("train-a-0123456789ab"),))
    assert reads(parameters(score)) == {"data": (score.data,), "members": score.members}
    assert dict(leaves(parameters(Data(Digits(train=20))))) == {
        "kind": "data",
        "source.set": "digits",
        "source.train": 20,
    }
