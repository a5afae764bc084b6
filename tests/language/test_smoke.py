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
from banc.graph.expand import expand
from banc.graph.experiment import Experiment
from banc.language.declare import declare
from banc.language.declared import DeclaredRun
from banc.language.load import load
from banc.language.smoke import SEEDS, SMOKE_CUTOUT, TITLE, shrink, smoke
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


@pytest.mark.parametrize(
    ("said", "cutout"),
    [
        ("epochs = 8\naugment = { pad = 1, cutout = 16 }", SMOKE_CUTOUT),
        ("epochs = 8\naugment = { pad = 1 }", 0),
        # Some student looks up what its teacher said of whole views, and a smoke run has one recipe for all.
        ("epochs = 400\naugment = { pad = 1, cutout = 16 }\nexcept.densenet.augment.cutout = 0", 0),
    ],
)
def test_a_square_of_cutout_leaves_something_to_be_seen(
    checkout: Path, tmp_path: Path, said: str, cutout: int
) -> None:
    text = (checkout / "spec/quickstart.toml").read_text().replace('"digits", train = 200', '"cifar10"')
    old = text[text.index("preset ") : text.index("[models]")]
    path = tmp_path / "cut.toml"
    path.write_text(text.replace(old, said + "\n\n"))
    small = smoke(load(path).spec)
    assert small.recipe.augment.cutout == cutout
    trained = [run for run in declare(small).values() if isinstance(run, DeclaredRun) and run.teacher]
    assert {run.stored for run in trained} == ({True, False} if "except" in said else {False})
    assert all(run.recipe.augment.recurs or not run.stored for run in trained)


MIXING = "epochs = 8\naugment = { pad = 1, mixup = 0.3 }\n"
ONE_LABEL = """\
except.densenet.augment.mixup = 0

[lineages.dkd]
models      = "densenet"
generations = 1
objective   = { kind = "dkd", warm_up = 2 }
"""


@pytest.mark.parametrize(
    ("said", "mixup"),
    [
        (MIXING, 0.3),
        ("epochs = 8\naugment = { pad = 1 }\n", 0.0),
        (MIXING.replace("8", "400") + "except.densenet.augment.mixup = 0\n", 0.0),
        (MIXING + ONE_LABEL, 0.0),
    ],
    ids=["all", "none", "stored", "one-label"],
)
def test_mixup_is_rehearsed_where_all_can_have_it(
    checkout: Path, tmp_path: Path, said: str, mixup: float
) -> None:
    text = (checkout / "spec/quickstart.toml").read_text()
    path = tmp_path / "mixed.toml"
    path.write_text(text.replace(text[text.index("preset ") : text.index("[models]")], f"{said}\n"))
    small = smoke(load(path).spec)
    assert small.recipe.augment is not None
    assert small.recipe.augment.mixup == mixup


def test_a_store_by_epoch_is_rehearsed_as_one(checkout: Path, tmp_path: Path) -> None:
    """Students may be the only ones with mixup, too."""
    text = (checkout / "spec/quickstart.toml").read_text()
    path = tmp_path / "stored.toml"
    said = 'teacher_outputs = "stored"\nrecipe.augment = { mixup = 0.3, cutout = 4 }\n'
    for group in ("generations = 2\n", "baseline = true "):
        text = text.replace(group, said + group)
    path.write_text(text)
    small = smoke(load(path).spec)
    assert small.recipe.augment is not None
    assert (small.recipe.augment.mixup, small.recipe.augment.cutout) == (0.3, SMOKE_CUTOUT)
    trained = [run for run in declare(small).values() if isinstance(run, DeclaredRun) and run.teacher]
    assert all(run.stored and not run.recipe.augment.recurs for run in trained)


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
