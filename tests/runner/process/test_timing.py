"""What a stage leaves when it ends, and that nothing hangs on it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console

from banc import machine
from banc.config.data import Digits
from banc.config.multiply_adds import multiply_adds
from banc.config.objective import Distill
from banc.runner.process.progress import Progress
from banc.runner.process.timing import _append
from banc.stage.kinds import Data, Predict, Train
from banc.stage.timing import FILE, network_key
from banc.state.timings import timings


def test_what_each_kind_of_stage_leaves(workspace: Any, teacher: Train) -> None:
    address = workspace.run(teacher)
    workspace.run(Predict(teacher.recipe.augment, teacher.data, address))
    student = attrs.evolve(teacher, objective=Distill(), teachers=(address,), seed=1)
    workspace.run(student)
    found = timings(workspace.root).here[-3:]
    trained, predicted, taught = found
    images, tested = Digits(train=40).sizes
    shape = Digits.shape
    for timing in found:
        assert timing.network == network_key(teacher.model, shape)
        assert timing.slug == teacher.model.slug
        assert timing.parameters == teacher.model.parameters(shape)
        assert timing.multiply_adds == multiply_adds(teacher.model, shape)
        assert timing.device == machine.cpu()
        assert timing.threads == 1 and timing.torch and timing.precision == "float32"
        assert timing.seconds > 0 and timing.around > 0
    assert (trained.kind, trained.address) == ("train", address)
    assert trained.images == images * teacher.recipe.epochs
    assert trained.tested == tested and trained.test_seconds > 0 and trained.live == ()
    assert trained.batch == teacher.recipe.batch
    assert predicted.images == images * teacher.recipe.augment.num_views
    assert predicted.tested == 0
    assert taught.live == (trained.network,)


def test_what_a_checkpoint_spared_is_not_counted() -> None:
    progress = Progress(Console(file=io.StringIO()))
    with progress.watch(100, "2 epochs", begun=60):
        progress.advance(40)
    assert progress.images == 40


def test_a_stage_without_a_network(workspace: Any) -> None:
    workspace.run(Data(Digits(train=20)))
    timing = timings(workspace.root).here[-1]
    assert (timing.kind, timing.network, timing.images) == ("data", "", 0)
    assert timing.around > 0


def test_a_stage_does_not_fail_for_it(workspace: Any) -> None:
    """The file cannot be written: the stage ends as ever, and says nothing."""
    path = workspace.root / FILE
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.mkdir()
    stage = Data(Digits(train=30))
    address = workspace.run(stage)
    assert (workspace.root / "runs" / address / "data.json").exists()


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "timings.jsonl"
    path.write_text("{half")
    _append(path, "{}")
    assert path.read_text().split() == ["{half", "{}"]
