from __future__ import annotations

import attrs
import pytest

from banc.config.dropout import Dropout
from banc.config.model import DenseNetBC, WideResNet
from banc.config.objective import Labels
from banc.config.recipe import Augmentation, Recipe
from banc.digest import short_digest
from banc.plan.nearest import Recorded
from banc.plan.reason import RevisionChanged
from banc.plan.revised import revised
from banc.stage.address import address, parameters, revisions, slug
from banc.stage.kinds import Address, Train

RECIPE = Recipe(
    epochs=2,
    batch=10,
    learning_rate=0.1,
    drop_at=(),
    drop_factor=0.1,
    momentum=0.9,
    nesterov=True,
    weight_decay=1e-4,
    augment=Augmentation(pad=0, flip=False),
)
STAGE = Train(DenseNetBC(depth=10, growth=2), RECIPE, Labels(), 0, Address("data-digits-0123456789ab"))


def test_the_address_of_today_needs_no_revision() -> None:
    assert revised(STAGE, Recorded(address(STAGE), parameters(STAGE))) is None


def test_the_revision_that_gives_the_recorded_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an earlier banc had recorded the stage, and a mend had raised the networks' revision since."""
    before = Recorded(address(STAGE), parameters(STAGE))
    monkeypatch.setattr(DenseNetBC, "REVISION", DenseNetBC.REVISION + 2)
    assert address(STAGE) != before.address
    changed = revised(STAGE, before)
    assert isinstance(changed, RevisionChanged)
    assert (changed.item, changed.now - changed.before) == (DenseNetBC.TAG, 2)


def test_an_item_that_had_no_revision_yet_is_told() -> None:
    """Dropout had none of its own at first."""
    stage = attrs.evolve(STAGE, model=WideResNet(10, 1, dropout=0.3))
    numbers = {tag: number for tag, number in revisions(stage).items() if tag != Dropout.TAG}
    digest = short_digest({"stage": parameters(stage), "revisions": numbers})
    changed = revised(stage, Recorded(Address(f"train-{slug(stage)}-{digest}"), parameters(stage)))
    assert isinstance(changed, RevisionChanged)
    assert (changed.item, changed.before, changed.now) == (Dropout.TAG, 0, Dropout.REVISION)


def test_an_address_that_no_revision_gives_is_told_as_such() -> None:
    strange = Recorded(Address("train-a-0123456789ab"), parameters(STAGE))
    assert revised(STAGE, strange) == RevisionChanged(strange.address, "", 0, 0)
