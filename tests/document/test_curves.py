from __future__ import annotations

from pathlib import Path

import pytest

from banc.document.curves import POINTS, read_history
from banc.document.document import Document
from banc.stage.kinds import Address

NAME = Address("train-x-000000000000")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "runs" / NAME).mkdir(parents=True)
    return tmp_path / "runs" / NAME / "history.csv"


def test_a_panel_a_network_with_the_drops_of_the_learning_rate(document: Document) -> None:
    dense, wide = document.reports[0].curves
    assert [curve.label for curve in dense.curves] == ["teacher", "ban-1", "cwtm-1", "ban-2"]
    assert [len(curve.seeds) for curve in dense.curves] == [3, 3, 3, 3]
    assert dense.drops == wide.drops == (20,)
    seed = dense.curves[0].seeds[0]
    assert (seed.epochs[0], seed.errors[0], seed.epochs[-1]) == (1, 90.0, 40)
    assert [epoch for epoch, _ in seed.tested] == [8, 16, 24, 32, 40]


def test_an_older_history_has_no_test_errors(tmp_path: Path, written: Path) -> None:
    written.write_text("epoch,learning_rate,loss,error\n1,0.1,2.3,85.0\n2,0.02,2.1,76.5\n")
    read = read_history(tmp_path, NAME)
    assert read is not None
    curve, drops = read
    assert (curve.epochs, curve.errors, curve.tested, drops) == ((1, 2), (85.0, 76.5), (), (1,))


@pytest.mark.parametrize("text", ["", "epoch\n1\n", "epoch,learning_rate,loss,error\n1,0.1,2.3,x\n"])
def test_what_is_damaged_is_left_out(tmp_path: Path, written: Path, text: str) -> None:
    written.write_text(text)
    assert read_history(tmp_path, NAME) is None
    written.unlink()
    assert read_history(tmp_path, NAME) is None


def test_a_long_training_is_thinned_and_a_smooth_schedule_has_no_drops(tmp_path: Path, written: Path) -> None:
    lines = [f"{epoch},{1 / epoch},1,{epoch},\n" for epoch in range(1, 1001)]
    written.write_text("epoch,learning_rate,loss,error,test_error\n" + "".join(lines))
    read = read_history(tmp_path, NAME)
    assert read is not None
    curve, drops = read
    assert len(curve.epochs) == POINTS
    assert (curve.epochs[0], curve.epochs[-1]) == (1, 1000)
    assert drops == ()
