"""Laws of changing a preset: nothing said changes nothing, the last word wins, tables change by field."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from banc.config.changes import merge, partial
from banc.config.recipe import PRESETS, Augmentation, Recipe

RecipeChanges: Any = partial(Recipe, "RecipeChanges")
AugmentationChanges: Any = partial(Augmentation, "AugmentationChanges")
BASE = PRESETS["wide-resnet"]

augmentations = st.builds(
    AugmentationChanges,
    pad=st.one_of(st.none(), st.integers(0, 8)),
    flip=st.one_of(st.none(), st.booleans()),
)
changes = st.builds(
    RecipeChanges,
    epochs=st.one_of(st.none(), st.integers(1, 300)),
    learning_rate=st.one_of(st.none(), st.floats(0.01, 1)),
    nesterov=st.one_of(st.none(), st.booleans()),
    drop_at=st.one_of(st.none(), st.just(()), st.just((0.5,))),
    augment=st.one_of(st.none(), augmentations),
)


def test_every_field_is_optional_and_none_is_lost() -> None:
    names = [field.name for field in attrs.fields(RecipeChanges)]
    assert names == [field.name for field in attrs.fields(Recipe)]
    assert all(getattr(RecipeChanges(), name) is None for name in names)
    more: Any = partial(Recipe, "More", preset=str)
    assert [field.name for field in attrs.fields(more)] == [*names, "preset"]


def test_changes_do_not_change() -> None:
    """They are part of a spec, which is handed from pass to pass."""
    changes = RecipeChanges(epochs=3, augment=AugmentationChanges(pad=1))
    for item, field in ((changes, "epochs"), (changes.augment, "pad")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(item, field, 4)
    assert hash(changes) == hash(attrs.evolve(changes))


@pytest.mark.parametrize("base", PRESETS.values(), ids=PRESETS)
def test_nothing_said_changes_nothing(base: Recipe) -> None:
    assert merge(base, None) == base
    assert merge(base, RecipeChanges()) == base
    assert merge(base, RecipeChanges(augment=AugmentationChanges())) == base


def test_a_nested_field_leaves_its_neighbours() -> None:
    merged = merge(BASE, RecipeChanges(augment=AugmentationChanges(pad=1)))
    assert merged.augment == Augmentation(pad=1, flip=True)
    assert attrs.evolve(merged, augment=BASE.augment) == BASE


def test_false_and_zero_and_nothing_at_all_are_said() -> None:
    merged = merge(
        BASE,
        RecipeChanges(
            nesterov=False, momentum=0.0, drop_at=(), augment=AugmentationChanges(pad=0, flip=False)
        ),
    )
    assert (merged.nesterov, merged.momentum, merged.drop_at) == (False, 0.0, ())
    assert merged.augment == Augmentation(pad=0, flip=False)


def test_what_the_base_has_not_is_passed_over() -> None:
    text: Any = partial(Recipe, "Text", preset=str)
    assert merge(BASE, text(preset="densenet", epochs=3)) == attrs.evolve(BASE, epochs=3)


def said(value: Any) -> dict[str, Any]:
    found = {}
    for field in attrs.fields(type(value)):
        item = getattr(value, field.name)
        if attrs.has(type(item)):
            found |= {f"{field.name}.{key}": inner for key, inner in said(item).items()}
        elif item is not None:
            found[field.name] = item
    return found


@given(changes, changes)
def test_the_last_word_wins(first: Any, last: Any) -> None:
    merged = said(merge(merge(BASE, first), last))
    assert merged == said(BASE) | said(first) | said(last)


@given(changes)
def test_said_twice_is_said_once(change: Any) -> None:
    assert merge(merge(BASE, change), change) == merge(BASE, change)
