"""Holds the numbers that each vocabulary item stands for: where they move, its REVISION must.

A run is found again by what it is, not by the code that made it. So a change of numbers without a
change of ``REVISION`` would pass off old results as new ones. ``revisions.json`` keeps, of every item, a
coarse trace of what it computes; ``pytest --update-golden`` writes it.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import attrs
import numpy as np
import pytest
import torch
from safetensors.torch import save
from traces import (
    SKELETON,
    Trace,
    cutout_trace,
    digits_trace,
    mixup_trace,
    model_trace,
    objective_trace,
    optimizer_trace,
    permutation_trace,
    rates_of,
    recipe_trace,
    zero_padding_trace,
)

from banc.config.data import Digits
from banc.config.dropout import Dropout
from banc.config.model import (
    VGG,
    DenseNetBC,
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
    WideResNet,
)
from banc.config.objective import (
    OBJECTIVES,
    ConfidenceWeighted,
    DecoupledDistill,
    Distill,
    Labels,
    LogitMatch,
    Objective,
    OwnObjective,
    PermutedTeacher,
    RelationMatch,
)
from banc.config.options import (
    OPTIONS,
    AdamW,
    CosineSchedule,
    Cutout,
    GradientClipping,
    LabelSmoothing,
    Mixup,
    Standardised,
    WarmUp,
    ZeroPadding,
)
from banc.config.recipe import PRESETS, Recipe
from banc.digest import file_digest
from banc.models.build import build
from banc.stage import files
from banc.stage.kinds import Data, Import, Predict, Score, Stage, Table, Train

STORED = Path(__file__).with_name("revisions.json")
TOLERANCE = 2e-3
"""Processors round differently; a change of meaning moves more than that."""

STORED_IN = sys.modules[__name__]


@pytest.fixture
def stage_traces(workspace: Any, recipe: Recipe) -> dict[type, Callable[[], Trace]]:
    """What a stage of each kind writes."""
    data = workspace.run(Data(Digits(train=20)))
    teacher = Train(DenseNetBC(10, 4), recipe, Labels(), seed=0, data=data)
    views_of = Predict(recipe.augment, data, workspace.link(teacher))

    def read(name: str, stage: Stage) -> Any:
        path = workspace.path(workspace.run(stage), name)
        return np.load(path) if path.suffix == ".npy" else path.read_text()

    def trained() -> Trace:
        curve = [line.split(",")[2] for line in read(files.HISTORY, teacher).splitlines()[1:]]
        store = workspace.run(views_of)
        student = attrs.evolve(teacher, objective=OBJECTIVES["ban-l"], seed=1, teacher_outputs=(store,))
        curve += [line.split(",")[2] for line in read(files.HISTORY, student).splitlines()[1:]]
        return [float(value) for value in curve]

    def imported() -> Trace:
        network = build(teacher.model, Digits.shape)
        weights = {
            name: torch.sin(torch.arange(tensor.numel()) * 0.37).reshape(tensor.shape).abs().to(tensor.dtype)
            for name, tensor in network.state_dict().items()
        }
        (workspace.root / "net.safetensors").write_bytes(save(weights))
        digest = file_digest(workspace.root / "net.safetensors")
        stage = Import(teacher.model, digest, "safetensors", data)
        found: Trace = (
            np.load(workspace.path(workspace.run(stage, "net.safetensors"), files.OUTPUTS))[::300, ::3]
            .flatten()
            .astype(float)
            .tolist()
        )
        return found

    def predicted() -> Trace:
        workspace.run(teacher)
        found: Trace = read(files.OUTPUTS, views_of)[::7, ::5, 0].flatten().astype(float).tolist()
        return found

    def scored() -> Trace:
        workspace.run(teacher)
        outputs = workspace.path(teacher, files.OUTPUTS)
        np.save(outputs, np.sin(np.arange(1777 * 10.0)).reshape(1777, 10).astype(np.float32))
        found = json.loads(read(files.METRICS, Score(data, (workspace.link(teacher),))))
        return [found["test_error"], found["test_loss"]]

    def prepared() -> Trace:
        facts = json.loads(workspace.path(data, files.DATA).read_text())
        return [*facts["mean"], *facts["std"]]

    return {Data: prepared, Train: trained, Import: imported, Predict: predicted, Score: scored}


ITEMS: dict[type, Callable[[], Trace]] = {
    DenseNetBC: lambda: model_trace(DenseNetBC(16, 4), SKELETON),
    WideResNet: lambda: model_trace(WideResNet(10, 1)),
    PreResNet: lambda: model_trace(PreResNet(11)),
    ResNet: lambda: model_trace(ResNet(8), ResNet(8, 2, 8)),
    ImageNetResNet: lambda: model_trace(ImageNetResNet(18, 2), ImageNetResNet(50, 2)),
    VGG: lambda: model_trace(VGG(11, 4)),
    MobileNetV2: lambda: model_trace(MobileNetV2(0.25)),
    ShuffleNetV1: lambda: model_trace(ShuffleNetV1(36)),
    ShuffleNetV2: lambda: model_trace(ShuffleNetV2(8, 24)),
    MatchWideResNet: lambda: model_trace(MatchWideResNet(1, 1.0, SKELETON)),
    Dropout: lambda: model_trace(
        WideResNet(10, 1, dropout=0.3), MatchWideResNet(1, 1.0, SKELETON, dropout=0.3)
    ),
    MatchDenseNet: lambda: model_trace(MatchDenseNet(1, 0.5, 1.0, SKELETON)),
    MatchPreResNet: lambda: model_trace(MatchPreResNet(1, 1.0, SKELETON)),
    Labels: lambda: objective_trace(Labels()),
    Distill: lambda: objective_trace(OBJECTIVES["ban"], OBJECTIVES["ban-l"], Distill(4.0, 0.1, 0.9)),
    ConfidenceWeighted: lambda: objective_trace(ConfidenceWeighted()),
    PermutedTeacher: lambda: [*objective_trace(PermutedTeacher()), *permutation_trace()],
    DecoupledDistill: lambda: objective_trace(DecoupledDistill(), DecoupledDistill(2.0, 0.5, 3.0, 0.5)),
    RelationMatch: lambda: objective_trace(RelationMatch(), RelationMatch(1.0, 0.5, 0.0, 1.0)),
    LogitMatch: lambda: objective_trace(LogitMatch(), LogitMatch(0.5, 2.0)),
    Standardised: lambda: objective_trace(
        Distill(2.0, 0.1, 9.0, standardise=True), DecoupledDistill(2.0, 1.0, 9.0, 18.0, standardise=True)
    ),
    Recipe: recipe_trace,
    ZeroPadding: zero_padding_trace,
    Cutout: cutout_trace,
    Mixup: mixup_trace,
    CosineSchedule: lambda: rates_of(schedule="cosine"),
    WarmUp: lambda: [*rates_of(warm_up=0.3), *rates_of(warm_up=0.3, schedule="cosine")],
    AdamW: lambda: optimizer_trace(
        attrs.evolve(PRESETS["wide-resnet"], epochs=5, optimizer="adamw", beta1=0.8)
    ),
    GradientClipping: lambda: optimizer_trace(attrs.evolve(PRESETS["wide-resnet"], epochs=5, clip_norm=3.0)),
    LabelSmoothing: lambda: objective_trace(
        Labels(), Distill(4.0, 0.1, 0.9), ConfidenceWeighted(), smoothing=0.2
    ),
    Digits: digits_trace,
}
STAGES: dict[type, tuple[type, ...]] = {
    Data: (Data, Digits),
    Train: (Train, Data, Digits, DenseNetBC, Recipe, Labels, Distill, Predict),
    Import: (Import, Data, Digits, DenseNetBC),
    Predict: (Predict, Train, Data, Digits, DenseNetBC, Recipe, Labels),
    Score: (Score, Data, Digits),
}
"""By kind the items whose numbers its trace is made of: where any of them moves, so may the trace."""


def close(trace: Trace, stored: Trace) -> bool:
    if len(trace) != len(stored):
        return False
    scale = max((abs(each) for each in stored if isinstance(each, float)), default=0.0)
    return all(
        ours == pytest.approx(theirs, rel=TOLERANCE, abs=TOLERANCE * scale / 10)
        if isinstance(ours, float) and isinstance(theirs, float)
        else ours == theirs
        for ours, theirs in zip(trace, stored, strict=True)
    )


def hold(item: Any, trace: Trace, update: bool, where: str, together: tuple[Any, ...] = ()) -> None:
    """Compares with what is stored. Stores what is new, and what moved together with its revision.

    Args:
        together: items whose revisions count as well.
    """
    everything: dict[str, Any] = json.loads(STORED.read_text()) if STORED.exists() else {}
    name = item.TAG
    revision = {each.TAG: each.REVISION for each in together} if together else item.REVISION
    stored = everything.get(name, {"revision": None, "trace": trace})
    assert stored["revision"] != revision or close(trace, stored["trace"]), (
        f"the numbers of `{name}` moved.\nis:  {trace}\nwas: {stored['trace']}\n"
        f"If that is meant, bump `{name}.REVISION` in {where}, so that runs with the old numbers are not "
        f"taken for new ones, and run `pytest --update-golden`."
    )
    if update and stored["revision"] != revision:
        rounded = [float(f"{each:.6g}") if isinstance(each, float) else each for each in trace]
        everything[name] = {"revision": revision, "trace": rounded}
        STORED.write_text(json.dumps(everything, indent=1, sort_keys=True) + "\n")
        return
    assert stored["revision"] == revision, (
        f"no trace of `{name}` at revision {revision} is stored: `pytest --update-golden` stores it"
    )


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.__name__)
def test_numbers_move_with_the_revision_only(item: type, update_golden: bool, checkout: Path) -> None:
    where = Path(inspect.getfile(item)).relative_to(checkout)
    hold(item, ITEMS[item](), update_golden, str(where))


@pytest.mark.parametrize("item", STAGES, ids=lambda item: item.__name__)
def test_numbers_of_a_stage_move_with_a_revision_only(
    item: type, stage_traces: dict[type, Callable[[], Trace]], update_golden: bool
) -> None:
    where = "banc/stage/kinds.py (unless a model, objective, data set or recipe moved too: then theirs)"
    hold(item, stage_traces[item](), update_golden, where, STAGES[item])


def test_every_item_is_held() -> None:
    # Networks, objectives and images of a person's own, and published files, are held by their digests.
    models = {model for model in get_args(Model) if model.__module__ != "banc.config.custom"}
    objectives = {*get_args(Objective)} - {OwnObjective}
    vocabulary = models | {Digits, *objectives, Recipe, Dropout, *OPTIONS}
    assert vocabulary == set(ITEMS)
    # A table gathers files: it has no numbers of its own.
    assert {*get_args(Stage)} - {Table} == set(STAGES)


def test_a_change_of_numbers_under_one_revision_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Item:
        TAG = "Item"
        REVISION = 1

    monkeypatch.setattr(STORED_IN, "STORED", tmp_path / "revisions.json")
    with pytest.raises(AssertionError, match="no trace of `Item` at revision 1"):
        hold(Item, [1.0], False, "here")
    hold(Item, [1.0], True, "here")
    hold(Item, [1.0], False, "here")
    for update in (False, True):
        with pytest.raises(AssertionError, match=r"bump `Item.REVISION` in here"):
            hold(Item, [2.0], update, "here")
    Item.REVISION = 2
    hold(Item, [2.0], True, "here")
    hold(Item, [2.0], False, "here")


def test_a_stage_moves_with_the_items_that_it_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stage:
        TAG = "Stage"
        REVISION = 1

    class Item:
        TAG = "Item"
        REVISION = 1

    monkeypatch.setattr(STORED_IN, "STORED", tmp_path / "revisions.json")
    hold(Stage, [1.0], True, "here", (Stage, Item))
    with pytest.raises(AssertionError, match=r"bump `Stage.REVISION` in here"):
        hold(Stage, [2.0], True, "here", (Stage, Item))
    Item.REVISION = 2
    hold(Stage, [2.0], True, "here", (Stage, Item))
    hold(Stage, [2.0], False, "here", (Stage, Item))


def test_a_change_of_numbers_is_noticed() -> None:
    trace: Trace = [1.0, 0.5, 0.001]
    assert close(trace, [1.0001, 0.5, 0.001])
    assert not close(trace, [1.01, 0.5, 0.001])
    assert not close(trace, [1.0, 0.51, 0.001])
    assert not close(trace, [1.0, 0.5])
    assert not close(["a"], ["b"])
