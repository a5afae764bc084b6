from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from banc.runner.files.npy import write_array
from banc.verify import compare as module
from banc.verify.compare import Difference, Different, Figures, Identical, Near, compare

Compare = Callable[..., Difference]


@pytest.fixture
def between(tmp_path: Path) -> Compare:
    """Writes two files of one name and compares them."""

    def check(name: str, ours: Any, theirs: Any) -> Difference:
        paths = [tmp_path / side / name for side in ("ours", "theirs")]
        for path, content in zip(paths, (ours, theirs), strict=True):
            path.parent.mkdir(exist_ok=True)
            if isinstance(content, np.ndarray):
                write_array(path, content)
            elif name.endswith(".safetensors"):
                path.write_bytes(safetensors.torch.save(content))
            elif isinstance(content, str | bytes):
                path.write_bytes(content.encode() if isinstance(content, str) else content)
            else:
                path.write_text(json.dumps(content))
        return compare(*paths)

    return check


def weights(**changed: float) -> dict[str, torch.Tensor]:
    """Tensors of magnitude 0.5; the first number of the named ones moved by so much."""
    found = {
        "first.weight": torch.linspace(-0.5, 0.5, 12).reshape(3, 4),
        "norm.running_var": torch.full((5,), 0.5),
        "norm.num_batches_tracked": torch.tensor(7),
    }
    for name, by in changed.items():
        found[name.replace("__", ".")].view(-1)[0] += by
    return found


def test_the_same_bytes_are_identical(between: Compare) -> None:
    assert between("model.safetensors", weights(), weights()) == Identical()
    assert between("history.csv", "epoch,loss\n1,nan\n", "epoch,loss\n1,nan\n") == Identical()


def test_a_file_that_says_another_network_is_different(tmp_path: Path) -> None:
    paths = [tmp_path / f"{side}/model.safetensors" for side in ("ours", "theirs")]
    for path, said in zip(paths, ("a network", "another"), strict=True):
        path.parent.mkdir()
        path.write_bytes(safetensors.torch.save(weights(), {"banc": said}))
    assert compare(*paths) == Different("`header banc` is a network and another")


def test_weights_that_were_rounded_elsewhere_are_near(between: Compare) -> None:
    found = between("model.safetensors", weights(first__weight=1e-7), weights())
    assert isinstance(found, Near)
    assert found.figures.absolute == pytest.approx(1e-7, rel=0.2)
    assert found.figures.relative == pytest.approx(2e-7, rel=0.2)
    assert (found.figures.where, found.figures.differing, found.figures.numbers) == ("first.weight", 1, 18)


def test_weights_that_were_changed_are_different_and_the_tensor_is_named(between: Compare) -> None:
    found = between("model.safetensors", weights(norm__running_var=1e-2, first__weight=1e-7), weights())
    assert isinstance(found, Different)
    assert found.figures is not None
    assert found.figures.absolute == pytest.approx(1e-2)
    assert found.figures.relative == pytest.approx(1e-2 / 0.51)
    assert (found.figures.where, found.figures.differing) == ("norm.running_var", 2)


@pytest.mark.parametrize("factor", [1 - 1e-3, 1 + 1e-3])
def test_the_tolerance_is_where_the_module_says(between: Compare, factor: float) -> None:
    limit = module.ABSOLUTE + 100 * module.RELATIVE
    other = np.linspace(0, 100, 7)
    ours = other.copy()
    ours[2] += limit * factor
    assert isinstance(between("outputs.npy", ours, other), Near if factor < 1 else Different)


def test_small_arrays_have_an_absolute_tolerance(between: Compare) -> None:
    zeros = np.zeros(3, np.float32)
    assert isinstance(between("outputs.npy", zeros + np.float32(5e-7), zeros), Near)
    assert isinstance(between("outputs.npy", zeros + np.float32(5e-6), zeros), Different)


@pytest.mark.parametrize("largest", [-8.0, -15.5])
def test_float16_may_move_by_two_neighbours_and_not_by_six(between: Compare, largest: float) -> None:
    other = np.array([largest, -3.25, -0.001], np.float16)
    moved = other.copy()
    for count in range(1, 7):
        moved[0] = np.nextafter(moved[0], np.float16(-np.inf))
        if count == 2:
            assert isinstance(between("outputs.npy", moved, other), Near)
    assert isinstance(between("outputs.npy", moved, other), Different)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_what_counts_has_no_tolerance(between: Compare, dtype: Any) -> None:
    other = np.full(5, 200, dtype)
    ours = other.copy()
    ours[3] -= 1
    found = between("test_labels.npy", ours, other)
    assert found == Different("beyond the tolerance", Figures(1.0, 1 / 200, "", 1, 5))


def test_a_counter_in_the_weights_has_no_tolerance(between: Compare) -> None:
    found = between("model.safetensors", weights(norm__num_batches_tracked=1), weights())
    assert isinstance(found, Different)
    assert found.figures is not None
    assert found.figures.where == "norm.num_batches_tracked"


def test_a_store_is_compared_block_by_block(between: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    other = np.arange(105, dtype=np.float32).reshape(35, 3)
    ours = other.copy()
    ours[34, 2] += 9
    ours[0, 0] += 3
    whole = between("outputs.npy", ours, other)
    monkeypatch.setattr(module, "BLOCK", 10)
    assert between("outputs.npy", ours, other) == whole
    assert whole == Different("beyond the tolerance", Figures(9.0, pytest.approx(9 / 113), "", 2, 105))


def test_shapes_and_types_cannot_be_subtracted(between: Compare) -> None:
    found = between("outputs.npy", np.zeros((2, 3), np.float32), np.zeros((3, 2), np.float32))
    assert found == Different("the array is float32 (2, 3) and float32 (3, 2)")
    assert between("outputs.npy", np.zeros(2, np.float16), np.zeros(2, np.float32)) == Different(
        "the array is float16 (2,) and float32 (2,)"
    )
    assert between("model.safetensors", weights(), {**weights(), "more": torch.zeros(1)}) == Different(
        "`more` is in one of the two alone"
    )


def test_a_number_that_is_not_finite_is_no_rounding(between: Compare) -> None:
    other = np.array([1.0, np.nan, -np.inf])
    assert isinstance(between("outputs.npy", other + np.array([1e-9, 0, 0]), other), Near)
    for odd in (np.nan, np.inf):
        found = between("outputs.npy", np.array([odd, np.nan, -np.inf]), other)
        assert found == Different("the array has a number that is finite in one of the two alone")


def test_bfloat16_is_compared(between: Compare) -> None:
    other = {"w": torch.linspace(0, 1, 9, dtype=torch.bfloat16)}
    assert isinstance(between("model.safetensors", {"w": other["w"] + 0.25}, other), Different)


HISTORY = "epoch,learning_rate,loss,error\n1,0.1,2.290763,85.0000\n2,0.02,2.169696,76.5000\n"


@pytest.mark.parametrize(
    ("ours", "kind", "where"),
    [
        (HISTORY.replace("2.290763", "2.290764"), Near, "loss"),
        (HISTORY.replace("0.02,", "0.020,"), Near, ""),
        (HISTORY.replace("76.5000", "76.0000"), Different, "error"),
        (HISTORY.replace("\n2,", "\n3,"), Different, "epoch"),
    ],
)
def test_a_history_is_compared_by_column(between: Compare, ours: str, kind: type, where: str) -> None:
    found = between("history.csv", ours, HISTORY)
    assert isinstance(found, kind)
    assert not isinstance(found, Identical)
    assert found.figures is not None
    assert found.figures.where == where


TESTED = "epoch,learning_rate,loss,error,test_error\n1,0.1,2.290763,85.0000,\n2,0.02,2.169696,76.5000,70.1\n"


def test_a_history_without_test_errors_is_compared_by_all_else(between: Compare) -> None:
    assert between("history.csv", TESTED, HISTORY) == Identical()
    assert between("history.csv", HISTORY, TESTED) == Identical()
    assert isinstance(between("history.csv", TESTED.replace("2.290763", "2.290764"), HISTORY), Near)
    assert isinstance(between("history.csv", TESTED.replace("76.5000", "76.0000"), HISTORY), Different)


def test_test_errors_are_compared_where_they_were_measured(between: Compare) -> None:
    assert isinstance(between("history.csv", TESTED.replace("0.02,", "0.020,"), TESTED), Near)
    for other in (TESTED.replace("70.1", "71.1"), TESTED.replace("70.1", "")):
        found = between("history.csv", other, TESTED)
        assert isinstance(found, Different), other


def test_a_history_with_an_epoch_less_is_different(between: Compare) -> None:
    found = between("history.csv", HISTORY, "".join(HISTORY.splitlines(keepends=True)[:2]))
    assert found == Different("`epoch` is int64 (2,) and int64 (1,)")


METRICS = {"test_error": 5.948654, "test_loss": 0.21712, "images": 1597, "members": 1, "parameters": 19978}


def test_metrics_are_compared_by_key(between: Compare) -> None:
    assert isinstance(between("metrics.json", {**METRICS, "test_loss": 0.217121}, METRICS), Near)
    found = between("metrics.json", METRICS, {**METRICS, "test_error": 4.9})
    assert isinstance(found, Different)
    assert found.figures == Figures(
        pytest.approx(1.048654), pytest.approx(1.048654 / 5.948654), "test_error", 1, 5
    )
    assert isinstance(between("metrics.json", METRICS, {**METRICS, "images": 1596}), Different)
    nested = between(
        "results.json", {"scores": {"a": METRICS}}, {"scores": {"a": {**METRICS, "test_loss": 9.0}}}
    )
    assert isinstance(nested, Different)
    assert nested.figures is not None
    assert nested.figures.where == "scores.a.test_loss"


def test_words_are_equal_or_not(between: Compare) -> None:
    found = between("data.json", {"classes": ["cat"], "mean": [0.5]}, {"classes": ["dog"], "mean": [0.5]})
    assert found == Different('`classes.0` is "cat" and "dog"')


def test_what_a_network_was_made_with_is_no_result(between: Compare) -> None:
    facts = {"parameters": 7, "made_with": {"torch": "2.9"}}
    other = {"parameters": 7, "made_with": {"torch": "2.8"}, "made_with_before": [{"torch": "2.7"}]}
    assert between("model.json", facts, other) == Identical()
    assert isinstance(between("model.json", facts, {**other, "parameters": 8}), Different)
    # A store's has nothing else.
    stored, elsewhere = ({"made_with": each["made_with"]} for each in (facts, other))
    assert between("outputs.json", stored, elsewhere) == Identical()
    assert isinstance(between("outputs.json", stored, {**elsewhere, "views": 8}), Different)
    # Of another file these keys would be numbers like all others.
    assert isinstance(between("metrics.json", facts, other), Different)


@pytest.mark.parametrize(
    ("name", "whole", "damaged"),
    [
        ("model.safetensors", weights(), safetensors.torch.save(weights())[:-3]),
        ("model.safetensors", weights(), b"\0" * 40),
        ("outputs.npy", np.zeros(9), b"\x93NUMPY\1\0"),
        ("outputs.npy", np.zeros(9), b""),
        ("outputs.json", {"made_with": {"torch": "2.9"}}, '{"made_with": {'),
        ("outputs.json", {"made_with": {"torch": "2.9"}}, "[]"),
        ("metrics.json", METRICS, "{"),
        ("metrics.json", METRICS, b"\xff\xfe"),
        ("history.csv", HISTORY, HISTORY.replace("0.1,", "0.1,,")),
        ("history.csv", HISTORY, HISTORY.replace("2.29", "2.29x")),
        ("history.csv", HISTORY, ""),
    ],
)
def test_a_damaged_file_is_different(
    between: Compare, tmp_path: Path, name: str, whole: Any, damaged: Any
) -> None:
    path = tmp_path / "damaged" / name
    path.parent.mkdir()
    path.write_bytes(damaged.encode() if isinstance(damaged, str) else damaged)
    between(name, whole, whole)
    found = compare(tmp_path / "ours" / name, path)
    assert isinstance(found, Different)
    assert found.figures is None
