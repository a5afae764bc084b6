"""A smoke run is the same graph, tiny, and can never be taken for the real thing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import attrs
import pytest

from banc.compiler import compile_specs
from banc.config.data import Digits
from banc.config.model import (
    VGG,
    DenseNetBC,
    FactoryNetwork,
    ImageNetResNet,
    MatchDenseNet,
    MatchPreResNet,
    MatchWideResNet,
    MobileNetV2,
    Model,
    PreResNet,
    ResNet,
    ShuffleNetV1,
    ShuffleNetV2,
    TorchvisionNetwork,
    WideResNet,
)
from banc.config.recipe import Augmentation
from banc.graph.expand import expand
from banc.graph.experiment import Experiment
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.load import load
from banc.language.smoke import SEEDS, TITLE, shrink, smoke
from banc.language.smoke_recipes import CUTOUT
from banc.language.spec import Spec
from banc.stage.address import address
from banc.stage.kinds import Data

TABLES = ["table1", "table2", "cifar10", "treatments", "wide-resnet", "distillation", "quickstart"]


def shape(experiment: Experiment) -> Counter[object]:
    """Who learns from whom, what, sharing what, stored or live; and who is averaged."""
    return Counter(
        (
            training.name.model,
            training.name.column,
            training.objective,
            training.teachers,
            training.share,
            training.share_frozen,
            training.stored,
        )
        for training in experiment.trainings
    ) + Counter((pool.name, pool.members) for pool in experiment.pools)


@pytest.mark.parametrize("name", TABLES)
def test_the_graph_is_kept(checkout: Path, name: str) -> None:
    spec = load(checkout / "spec" / f"{name}.toml").spec
    small = smoke(spec)
    real, tiny = (expand(attrs.evolve(either, seeds=spec.seeds[:SEEDS]), name) for either in (spec, small))
    assert shape(real) == shape(tiny)
    assert small.seeds == spec.seeds[:SEEDS]
    assert small.table.columns == spec.table.columns
    for model in small.models.values():
        assert model.misfit(small.data.shape) is None


@pytest.mark.parametrize("name", TABLES)
def test_models_that_differ_still_do(checkout: Path, name: str) -> None:
    models = load(checkout / "spec" / f"{name}.toml").spec.models
    small = shrink(models)
    assert list(small) == list(models)
    assert len(set(small.values())) == len(set(models.values()))
    for before, after in zip(models.values(), small.values(), strict=True):
        assert type(before) is type(after)
        assert_smaller(before, after)


SKELETON = DenseNetBC(90, 60, third_transition=True)
FULL_SIZE: dict[type, Model] = {
    DenseNetBC: SKELETON,
    WideResNet: WideResNet(28, 10, dropout=0.3),
    PreResNet: PreResNet(1001),
    ResNet: ResNet(110, widening=4, stem=32),
    ImageNetResNet: ImageNetResNet(50),
    VGG: VGG(19),
    MobileNetV2: MobileNetV2(1.4),
    ShuffleNetV1: ShuffleNetV1(480),
    ShuffleNetV2: ShuffleNetV2(244, 2048),
    MatchWideResNet: MatchWideResNet(4, 1, SKELETON),
    MatchDenseNet: MatchDenseNet(56, 1, 2, SKELETON),
    MatchPreResNet: MatchPreResNet(14, 1, SKELETON),
    TorchvisionNetwork: TorchvisionNetwork("wide_resnet101_2"),
    FactoryNetwork: FactoryNetwork("mine.py", "network", digest="0" * 64),
}
"""Of each family a network that nobody wants to wait for."""


@pytest.mark.parametrize("family", get_args(Model), ids=lambda family: family.FAMILY)
def test_every_family_is_shrunk(family: type) -> None:
    (small,) = shrink({"large": FULL_SIZE[family]}).values()
    parameters = small.parameters(Digits().shape)
    assert parameters is not None, "a network of somebody's own may be of any size"
    # WRN-28-10 has 36 million. The largest that is left is PreResNet-11.
    assert parameters < 200_000


def assert_smaller(before: Model, after: Model) -> None:
    for size in ("depth", "widening", "units"):
        if size in attrs.fields_dict(type(before)):
            assert getattr(after, size) <= getattr(before, size)


def with_recipe(checkout: Path, path: Path, said: str, groups: str = "") -> Spec:
    """The quickstart with another recipe, and what its lineage and its transfer say more."""
    text = (checkout / "spec/quickstart.toml").read_text()
    for group in ("generations = 2\n", "baseline = true "):
        text = text.replace(group, groups + group)
    path.write_text(text.replace(text[text.index("preset ") : text.index("[models]")], f"{said}\n"))
    return load(path).spec


def augmentations(spec: Spec) -> dict[str, Augmentation]:
    """Of the smoke run, by column."""
    runs = declare(smoke(spec)).values()
    return {run.name[1]: run.recipe.augment for run in runs if isinstance(run, DeclaredRun)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("augment = { pad = 1, flip = false, cutout = 5 }", Augmentation(0, False, cutout=CUTOUT)),
        ("augment = { pad = 1, mixup = 0.3 }", Augmentation(0, True, mixup=0.3)),
        ("augment = { pad = 1 }", Augmentation(0, True)),
    ],
)
def test_what_is_drawn_anew_is_rehearsed(
    checkout: Path, tmp_path: Path, said: str, expected: Augmentation
) -> None:
    spec = with_recipe(checkout, tmp_path / "t.toml", f"epochs = 8\n{said}\n")
    assert set(augmentations(spec).values()) == {expected}


def test_one_run_has_views_and_another_what_is_drawn_anew(checkout: Path, tmp_path: Path) -> None:
    """A store by view and one by epoch beside one another."""
    said = "epochs = 400\naugment = { pad = 1, cutout = 4 }\nexcept.densenet.augment.cutout = 0\n"
    made = augmentations(with_recipe(checkout, tmp_path / "t.toml", said))
    assert made["ban-1"] == Augmentation(0, True)
    assert made["transfer"] == Augmentation(0, True, cutout=CUTOUT)


def test_a_store_by_epoch_is_rehearsed_as_one(checkout: Path, tmp_path: Path) -> None:
    """Students may be the only ones with mixup, too."""
    groups = 'teacher_outputs = "stored"\nrecipe.augment = { mixup = 0.3, cutout = 4 }\n'
    said = "epochs = 8\naugment = { pad = 1, flip = false }\n"
    spec = with_recipe(checkout, tmp_path / "t.toml", said, groups)
    students = [
        run
        for run in declare(smoke(spec)).values()
        if isinstance(run, DeclaredRun) and run.teacher is not None
    ]
    assert {run.recipe.augment for run in students} == {Augmentation(0, False, cutout=CUTOUT, mixup=0.3)}
    assert all(run.stored for run in students)


def test_a_validation_split_is_rehearsed(checkout: Path, tmp_path: Path) -> None:
    text = (checkout / "spec/quickstart.toml").read_text()
    path = tmp_path / "split.toml"
    text = text.replace("train = 200", "train = 200, validation = 50")
    path.write_text(text.replace("[table]\n", '[table]\non = "validation"\n'))
    small = smoke(load(path).spec)
    assert (small.data, small.table.on) == (Digits(train=60, validation=20), "validation")


def test_nothing_of_it_can_be_taken_for_a_result(checkout: Path) -> None:
    spec = checkout / "spec/table2.toml"
    real, small = (compile_specs(checkout, [spec], smoke=smoke) for smoke in (False, True))
    assert not real.graph.stages.keys() & small.graph.stages.keys()
    (layout,) = small.graph.layouts.values()
    assert layout.spec == "table2-smoke"
    assert layout.title.startswith(TITLE)
    assert not layout.published
    assert "table-table2-smoke" in small.graph.stages
    data = load(spec).spec.data
    assert address(Data(data)) not in small.graph.stages
